"""What phones ask their issuer for, through the Python binding.

`test_onecode.py` runs this: the vectors of `requests.json`, and one walk from a phone to its issuer.
"""

import hashlib

import onecode
from onecode import Algorithm, HandedTo, LossEffect, MoveStep, Placement, Reason, Status

NOW = 1_795_392_000
DAY = 86_400


def does(vector):
    """Does what a vector says, and tells what came of it."""
    try:
        return globals()[vector["do"]](vector)
    except onecode.RequestRefusal.Refused as refusal:
        told = {"number": refusal.number}
        message = onecode.request_message_of(refusal.number)
        assert message.name == refusal.name and message.reason.zh and message.advice.en
        if refusal.problem is not None:
            told["problem"] = refusal.problem
        return told


def hexed(vector, name):
    return None if vector[name] is None else bytes.fromhex(vector[name])


def jwk(text):
    return onecode.PublicKey.from_jwk(text)


def card_name(card):
    return f"{card.region}-{card.status_index}"


def handed_to(vector):
    if "online" in vector:
        return HandedTo.ONLINE(reference=bytes.fromhex(vector["online"]))
    return HandedTo.COUNTER(number=vector["counter"])


def position_of(vector):
    it = vector["position"]
    return onecode.PositionOnRecord(
        card=onecode.CardId(region=it["region"], status_index=it["status_index"]),
        status=Status[it["status"].upper()],
        key=jwk(it["key"]),
        moved_unix_s=it["moved_unix_s"],
        same_person=it["same_person"],
    )


def request(vector):
    received = onecode.ReceivedCardRequest
    if vector.get("text") is not None:
        read = received.from_text(vector["text"])
    else:
        read = received.from_bytes(bytes.fromhex(vector["request"]))
    open = vector["challenge"]
    open = onecode.OpenChallenge(**(open | {"challenge": bytes.fromhex(open["challenge"])}))
    verified = read.verify(open, vector["now_unix_s"], hexed(vector, "attestation"))
    claims = verified.claims()
    replaces = claims.replaces
    return {
        "name": verified.name(),
        "key": claims.key.to_jwk(),
        "issued_at_unix_s": claims.issued_at_unix_s,
        "reason": replaces.reason.name.lower() if replaces else None,
        "card": card_name(replaces.card) if replaces and replaces.card else None,
        "placement": onecode.placement(verified, False).name.lower(),
        "placement_of_known_key": onecode.placement(verified, True).name.lower(),
    }


def challenge(vector):
    key = onecode.ChallengeKey(bytes.fromhex(vector["key"]))
    it = key.open(bytes.fromhex(vector["challenge"]), handed_to(vector))
    return {
        "from_unix_s": it.from_unix_s,
        "until_unix_s": it.until_unix_s,
        "received_until_unix_s": it.received_until_unix_s,
    }


def make_challenge(vector):
    key = onecode.ChallengeKey(bytes.fromhex(vector["key"]))
    times = vector["from_unix_s"], vector["until_unix_s"]
    try:
        made = key.challenge(handed_to(vector), *times, bytes.fromhex(vector["random"]))
        return {"challenge": made.hex()}
    except onecode.UsageError.Seconds:
        return {"problem": "time"}


def collect(vector):
    received = onecode.ReceivedCollectRequest.from_bytes(bytes.fromhex(vector["collect"]))
    received.verify(jwk(vector["key"]), vector["now_unix_s"])
    return {"name": received.request_name()}


def move_question(vector):
    card = onecode.CardCredential.from_bytes(bytes.fromhex(vector["credential"]))
    question = onecode.MoveQuestion.read(vector["text"], card, vector["now_unix_s"])
    return {"consent": question.consent().hex()}


def own_request(vector):
    return onecode.CardRequest.from_bytes(bytes.fromhex(vector["request"]))


def move_answer(vector):
    return {"card": card_name(own_request(vector).read_answer(vector["text"]))}


def move(vector):
    keys = [jwk(key) for key in vector["issuer_keys"]]
    verified = onecode.VerifiedMove.verify(
        own_request(vector), vector["text"], keys, vector["now_unix_s"]
    )
    step = verified.admit(position_of(vector), vector["now_unix_s"])
    return {"step": step.name.lower()}


def check_renewal(vector):
    onecode.check_renewal(position_of(vector), jwk(vector["key"]))
    return {}


def renewal_due(vector):
    card = onecode.CardCredential.from_bytes(bytes.fromhex(vector["credential"]))
    return {"due_unix_s": onecode.renewal_due_unix_s(card.claims())}


def retry(vector):
    waits = vector["failed"], vector["random"], vector["retry_after_s"]
    return {"wait_s": onecode.retry_wait_s(*waits)}


def loss(vector):
    effect = onecode.loss_effect(vector["now_unix_s"], vector["moved_away_unix_s"])
    return {"effect": effect.name.lower()}


def run():
    """A card moves from one phone to another, and is renewed there."""
    key = lambda: onecode.generate_key(Algorithm.ESP256).key
    issuer, old, new = key(), key(), key()
    claims = onecode.CardClaims(
        region=310_000, status_index=7, entitlements=[0], max_window_s=60,
        expires_unix_s=NOW + 30 * DAY, confirmed_unix_s=NOW, holder_key=old.public_key(),
    )
    card = onecode.CardCredential.issue(claims, issuer)

    secret = onecode.ChallengeKey(bytes(32))
    person = HandedTo.ONLINE(reference=b"person 1")
    challenge = secret.challenge(person, NOW, NOW + 600, bytes(range(12)))
    assert onecode.unverified_counter(challenge) is None
    attestation = b"a chain of certificates"
    prepared = onecode.PreparedCardRequest(onecode.CardRequestClaims(
        issued_at_unix_s=NOW, key=new.public_key(), challenge=challenge,
        attestation=hashlib.sha256(attestation).digest(),
        replaces=onecode.Replaces(reason=Reason.MOVE),
    ))
    assert prepared.words().en.startswith("Card request\n"), prepared.words()
    request = prepared.attach(new.sign(prepared.to_be_signed().message))

    question = onecode.MoveQuestion.read(request.text(), card, NOW + 20)
    assert "本机上的卡随后删除" in question.words().zh
    answer = onecode.CodeSession(card, old).consent(NOW + 25, question.agree())
    assert request.read_answer(answer.text).status_index == 7

    received = onecode.ReceivedCardRequest.from_bytes(request.to_bytes())
    opened = secret.open(received.unverified_claims().challenge, person)
    verified = received.verify(opened, NOW + 40, attestation)
    moved = onecode.VerifiedMove.verify(verified, answer.text, [issuer.public_key()], NOW + 40)
    position = onecode.PositionOnRecord(
        card=moved.card(), status=Status.VALID, key=old.public_key(), moved_unix_s=[],
        same_person=True,
    )
    assert moved.admit(position, NOW + 40) == MoveStep.MOVE
    assert onecode.placement(verified, False) == Placement.KEEPS
    try:
        onecode.check_renewal(position, new.public_key())
        raise AssertionError("renewed for a phone that is not in use")
    except onecode.RequestRefusal.Refused as refusal:
        assert (refusal.number, refusal.name) == (921, "phone_not_in_use"), refusal
    assert onecode.loss_effect(NOW, None) == LossEffect.REVOKE
    collected = onecode.ReceivedCollectRequest.from_bytes(verified.collect(NOW + 50, new))
    assert collected.request_name() == verified.name()
    collected.verify(new.public_key(), NOW + 60)

    books = onecode.StatusIssuer("cn-31", 8)
    books.revoke(7)
    try:
        books.retire(7, NOW, NOW + 2 * DAY - 1)
        raise AssertionError("retired too early")
    except onecode.RetireError.TooEarly as error:
        assert error.from_unix_s == NOW + 2 * DAY
    books.retire(7, NOW, NOW + 2 * DAY)
    assert books.status(7) == Status.VALID
