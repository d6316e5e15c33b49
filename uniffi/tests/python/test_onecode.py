"""The vectors and a smoke test through the Python binding.

`bash bindings/build.sh python --test` runs this with the generated module on PYTHONPATH. It needs
nothing but Python 3. The last line says how many vectors were run.
"""

import enum
import hashlib
import json
import pathlib
import threading

import onecode
import test_governance
import test_fetching
import test_requests

ROOT = pathlib.Path(__file__).resolve().parents[3]
NOW = 1_795_392_000


def name(value):
    """`Refusal.CODE_EXPIRED(…)` and `ReceiptProblem.BadSignature(…)` are in snake case."""
    if isinstance(value, enum.Enum):
        return value.name.lower()
    last = type(value).__name__.rpartition(".")[2]
    if not last.isupper() and "_" not in last:
        last = "".join("_" + c if c.isupper() else c for c in last).lstrip("_")
    return last.lower()


def why(advisory_or_refusal):
    """Why something is not known, where that is what it says."""
    why = getattr(advisory_or_refusal, "why", None)
    return why and {"no_list": "none", "old_list": "old"}.get(name(why), name(why))


def told(verdict):
    """A verdict in the form in which vectors expect it."""
    if verdict.is_ACCEPTED():
        it = verdict.acceptance
        if it.status.is_VALID():
            status = {"valid_as_of_unix_s": it.status.as_of_unix_s}
        else:
            unknown = it.status.why
            since = getattr(unknown, "as_of_unix_s", getattr(unknown, "since_unix_s", None))
            status = {"unknown": why(it.status), "since_unix_s": since}
        missing = [it.missing for it in it.advisories if it.is_NEWER_EXISTS()]
        causes = {name(advisory): why(advisory) for advisory in it.advisories if why(advisory)}
        return {
            "verdict": "accepted",
            "issuer": it.issuer.id,
            "region": it.region,
            "card": it.card,
            "entitlements": hex(sum(1 << bit for bit in it.entitlements)),
            "age_s": it.age_s,
            "delegate": it.delegate,
            "specimen": it.specimen,
            "status": status,
            "advisories": [name(advisory) for advisory in it.advisories],
        } | ({"why": causes} if causes else {}) | {
            "missing": [name(kind) for kind in kinds] for kinds in missing
        }
    if verdict.is_REFUSED():
        # The refusal has the name that its number has: nothing fell through the binding.
        assert name(verdict.refusal) == verdict.message.name, verdict
        facts = {fact.name: fact.fact.value for fact in verdict.facts}
        assert facts.get("why") == why(verdict.refusal), verdict
        return {"verdict": "refused", "number": verdict.message.number, "facts": facts}
    return {"verdict": "handed_over", "id": verdict.kind.id}


DOCUMENTS = ("roots", "trust_list", "catalogue", "withdrawal", "index")


def roots_of(lists):
    """What scanners are set up with: an edition, the hash of one, or a lone key."""
    if lists.get("roots"):
        return onecode.Roots.from_edition(lists["roots"].encode())
    if lists.get("roots_hash"):
        return onecode.Roots.from_hash(lists["roots_hash"])
    return onecode.Roots.from_key(onecode.PublicKey.from_jwk(lists["root"]))


def editions_of(lists):
    """The same, and each edition that they walk to."""
    editions = [roots_of(lists)]
    for edition in lists.get("walked", []):
        editions.append(editions[-1].walk(edition.encode()))
    return editions


def install_document(scanner, kind, json, now):
    if kind == "roots":
        scanner.install_roots(json.encode())
    else:
        getattr(scanner, f"install_{kind}")(json.encode(), now)


class FailingStore(onecode.DuplicateStore):
    """A store of the host that is out of order."""

    def record(self, code_use):
        raise onecode.HostError.Unavailable()


class Scanners:
    """The scanners of one vector, by name. Each begins with the lists of the vector."""

    def __init__(self, document, vector):
        self.document = document
        self.lists = dict(document.get("lists", {}))
        if vector.get("lists"):
            self.lists.update(document["list_sets"][vector["lists"]])
        self.policy = onecode.Policy(
            tolerance_s=vector.get("tolerance_s", 30),
            accept_specimens=vector.get("accept_specimens", False),
            without_status_lists=self.lists.get("without_status_lists", False),
        )
        self.venue_key = bytes.fromhex(document.get("venue_key", ""))
        self.by_name = {}

    def __getitem__(self, name):
        if name not in self.by_name:
            self.by_name[name] = onecode.OneCodeScanner(roots_of(self.lists), self.policy)
            self.install_lists(name)
        return self.by_name[name]

    def install_lists(self, name):
        scanner, now = self.by_name[name], self.lists["installed_at_unix_s"]
        for edition in self.lists.get("walked", []):
            install_document(scanner, "roots", edition, now)
        for kind in ("trust_list", "catalogue", "index"):
            if self.lists.get(kind):
                install_document(scanner, kind, self.lists[kind], now)
        for status in self.lists["status"]:
            scanner.install_status(bytes.fromhex(status), now)
        for damaged in self.lists.get("damaged", []):
            try:
                scanner.install_status(bytes.fromhex(damaged), now)
            except onecode.InstallError:
                continue
            raise AssertionError("a damaged list was taken")
        # After the lists: a status list by a key that they withdraw is in force already.
        for notice in self.lists.get("withdrawals", []):
            install_document(scanner, "withdrawal", notice, now)

    def step(self, step):
        """Does one step and tells what came of it."""
        return getattr(self, step["do"])(self[step["scanner"]], step, step.get("now_unix_s"))

    def scan(self, scanner, step, now):
        challenge = step["challenge"]
        context = onecode.ScanContext(
            application=step["application"],
            place=step["place"],
            now_unix_s=now,
            challenge=bytes.fromhex(challenge) if challenge else None,
        )
        return told(scanner.scan(step["text"], context))

    def install(self, scanner, step, now):
        try:
            for kind in DOCUMENTS:
                if kind in step:
                    install_document(scanner, kind, step[kind], now)
            if "status" in step:
                scanner.install_status(bytes.fromhex(step["status"]), now)
        except onecode.InstallError:
            return {"taken": False}
        return {"taken": True}

    def begin_anew(self, scanner, step, now):
        scanner.begin_anew(roots_of(step))

    def restart(self, scanner, step, now):
        name = step["scanner"]
        self.by_name[name] = onecode.OneCodeScanner.restore(scanner.snapshot(), self.policy)
        if step["install_lists"]:
            self.install_lists(name)

    def reinstall(self, scanner, step, now):
        try:
            scanner.install_statuses([bytes.fromhex(status) for status in step["status"]], now)
        except onecode.InstallError:
            return {"taken": False}
        return {"taken": True}

    def duplicate_capacity(self, scanner, step, now):
        scanner.set_duplicate_capacity(step["entries"])

    def failing_store(self, scanner, step, now):
        scanner.set_duplicate_store(FailingStore())

    def merge(self, scanner, step, now):
        summaries = self[step["from"]].duplicates_summaries(self.venue_key, now)
        return self.merge_all(scanner, summaries, now)

    def merge_summary(self, scanner, step, now):
        return self.merge_all(scanner, [bytes.fromhex(step["summary"])], now)

    def merge_all(self, scanner, summaries, now):
        codes = cards = 0
        for summary in summaries:
            try:
                merged = scanner.merge_duplicates(summary, self.venue_key, now)
            except onecode.SummaryError:
                return {"taken": False}
            codes, cards = codes + merged.new_codes, cards + merged.new_cards
        return {"taken": True, "new_codes": codes, "new_cards": cards}

    def expect_challenge(self, scanner, step, now):
        challenge = bytes.fromhex(step["challenge"])
        try:
            scanner.expect_challenge(challenge, step["expires_unix_s"], now)
        except onecode.ChallengeError:
            return {"open": False}
        return {"open": True}

    def preflight(self, scanner, step, now):
        time = lambda until: getattr(until, "unix_s", None)
        ending = lambda it: {
            "until_unix_s": time(it.until),
            "reason": name(it.reason),
            "number": it.number,
            "issuer": it.issuer,
            "refuses": it.refuses,
        }
        outlook = lambda it: {
            "application": it.application,
            "works_until_unix_s": time(it.works_until),
            "endings": [ending(one) for one in it.endings],
        }
        return {"applications": [outlook(it) for it in scanner.preflight(now).applications]}


    def receipt_keys(self, now):
        trust_list = self.lists["trust_list"].encode()
        return onecode.ReceiptKeys.from_trust_list(trust_list, editions_of(self.lists), now)

    def verify(self, vector):
        try:
            it = self.receipt_keys(vector["now_unix_s"]).verify(bytes.fromhex(vector["receipt"]))
        except onecode.ReceiptProblem as problem:
            return {"problem": name(problem)}
        told = dict(vars(it))
        for member in ("previous", "hash", "text_hash", "shown"):
            told[member] = told[member].hex() if told[member] is not None else None
        told["status"] = dict(vars(it.status)) if it.status else None
        return told

    def chain(self, vector):
        link = lambda it: onecode.ChainLink(
            number=it["number"], previous=bytes.fromhex(it["previous"])
        )
        end = link(vector["end"]) if vector["end"] else None
        receipts = [bytes.fromhex(receipt) for receipt in vector["receipts"]]
        keys, start = self.receipt_keys(vector["now_unix_s"]), link(vector["start"])
        # One by one; Kotlin and Swift hand in the whole day.
        verifier = onecode.ChainVerifier(keys, vector["scanner"], start)
        try:
            for receipt in receipts:
                verifier.take(receipt)
            if end:
                verifier.ends_at(end)
            told = dict(vars(verifier.summary()))
        except onecode.ChainError.Broken as error:
            problem = getattr(error.problem, "problem", error.problem)
            return {"at": error.at, "number": error.number, "problem": name(problem)}
        told["next"] = {"number": told["next"].number, "previous": told["next"].previous.hex()}
        return told

    def replay(self, vector):
        lists = self.lists
        encode = lambda text: text.encode() if text else None
        trust_list, catalogue = encode(lists["trust_list"]), encode(lists["catalogue"])
        archive = onecode.ReplayLists(editions_of(lists), trust_list, catalogue)
        for notice in lists.get("withdrawals", []):
            archive.add_withdrawal(notice.encode())
        if lists.get("index"):
            archive.add_index(lists["index"].encode())
        for status in lists["status"]:
            archive.add_status(bytes.fromhex(status))
        keys = onecode.ReceiptKeys.of([onecode.PublicKey.from_jwk(self.document["scanner_key"])])
        try:
            receipt = bytes.fromhex(vector["receipt"])
            return told(archive.replay(receipt, keys, vector["text"]))
        except onecode.ReplayError as error:
            return {"problem": name(error)}

    def pseudonym(self, vector):
        credential = onecode.CardCredential.from_bytes(bytes.fromhex(vector["credential"]))
        application, time = vector["application"], vector["time_unix_s"]
        return {"card": onecode.pseudonym_of(credential, application, time)}

    def text_hash(self, vector):
        application, time = vector["application"], vector["time_unix_s"]
        return {"text_hash": onecode.receipt_text_hash(vector["text"], application, time).hex()}

    def read_challenge(self, vector):
        try:
            return {"challenge": onecode.challenge_from_text(vector["text"]).hex()}
        except onecode.ChallengeTextError as error:
            return {"problem": name(error)}


def found(document, vector):
    """Does what a vector says; yields what came of it with what should have."""
    if vector.get("do") == "fetch":
        yield test_fetching.does(document, vector), vector["expected"]
        return
    if hasattr(test_requests, vector.get("do", "")):
        yield test_requests.does(vector), vector["expected"]
        return
    scanners = Scanners(document, vector)
    if "do" in vector:
        yield getattr(scanners, vector["do"])(vector), vector["expected"]
        return
    for step in vector.get("steps", [vector | {"do": "scan", "scanner": "only"}]):
        yield scanners.step(step), step["expected"]


def vectors():
    """Runs every vector of every file that has some; returns how many there were."""
    run = 0
    for path in sorted((ROOT / "tests" / "vectors").glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for vector in document.get("vectors", []):
            for it, expected in found(document, vector):
                assert it == expected, f"{path.name}: {vector['name']}\n{it}\n{expected}"
            run += 1
    return run


def holder():
    generated = onecode.generate_key(onecode.Algorithm.ESP256).key
    claims = onecode.CardClaims(
        region=310000,
        status_index=7,
        entitlements=[0, 1, 6],
        max_window_s=60,
        expires_unix_s=NOW + 86_400,
        holder_key=generated.public_key(),
    )
    issuer = onecode.generate_key(onecode.Algorithm.SM2).key
    return generated, onecode.CardCredential.issue(claims, issuer)


def lone_key():
    return onecode.Roots.from_key(onecode.generate_key(onecode.Algorithm.ED25519).key.public_key())


def smoke():
    key, card = holder()
    session = onecode.CodeSession(card, key)
    code = session.code(NOW)
    assert code.schedule.renew_at_unix_s == NOW + 30
    qr = onecode.QrCode.draw(code.text)
    assert len(qr.modules()) == qr.width() ** 2
    assert qr.to_png(2).startswith(b"\x89PNG")
    assert onecode.explain(code.text).contents.card.entitlements == [0, 1, 6]
    assert onecode.message_of(302).reason.zh

    # A key of the host's: it throws, and what it throws is no text of ours.
    class Broken(onecode.DeviceKey):
        def public_key(self):
            return key.public_key()

        def sign(self, message):
            raise ValueError("a secret of the host")

    try:
        onecode.CodeSession(card, Broken()).code(NOW)
    except onecode.MakeCodeError.Signing as error:
        assert "secret" not in repr(error) and "Traceback" not in repr(error), repr(error)
    else:
        raise AssertionError("a key that throws made a code")

    try:
        onecode.OneCodeScanner(lone_key(), onecode.Policy()).scan("", onecode.ScanContext(
            application=0, place=310000, now_unix_s=NOW))
    except onecode.UsageError.Application as error:
        assert error.number == 0
    else:
        raise AssertionError("there is no application 0")

    # Two threads, one session: no second has two codes.
    made = []
    work = lambda: made.extend(session.code(NOW + 100 + n).text for n in range(0, 200, 10))
    threads = [threading.Thread(target=work) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(set(made)) == len(made) == 40


def restarted_issuer():
    key = onecode.generate_key(onecode.Algorithm.ESP256).key
    at = lambda time: onecode.StatusPublication(
        issued_at_unix_s=time, expires_unix_s=time + 86_400, ttl_s=3_600
    )
    agency = onecode.StatusIssuer("cn-31", 100)
    agency.revoke(3)
    published = agency.publish(at(NOW), key)
    earlier = agency.copy()
    agency.suspend(7)
    published.append(agency.publish_delta(earlier, NOW, at(NOW + 60), key))

    reload = lambda lists: onecode.StatusIssuer.from_published("cn-31", lists, [key.public_key()])
    again = reload(published)
    assert (again.continues_unix_s(), again.positions()) == (NOW + 60, 100)
    assert (again.status(3), again.status(7)) == (onecode.Status.REVOKED, onecode.Status.SUSPENDED)
    for lists, error in (
        ([], onecode.ReloadError.NoList),
        ([b"x"], onecode.ReloadError.Unusable),
        (published[::-1], onecode.ReloadError.DoesNotFollow),
    ):
        try:
            reload(lists)
        except error:
            continue
        raise AssertionError(f"{lists} made an issuer")


def back_office():
    key, card = holder()
    text = onecode.CodeSession(card, key).code(NOW).text
    office = onecode.OneCodeScanner(lone_key(), onecode.Policy())
    scan = lambda text: onecode.PastScan(
        text=text,
        context=onecode.ScanContext(application=101, place=310000, now_unix_s=NOW),
    )
    verdicts = office.verify_batch([scan(""), scan("?"), scan(text)])
    assert [verdict.message.number for verdict in verdicts] == [101, 103, 701], verdicts


def raised(error, call):
    """The error that a call raises, which has to be of this class."""
    try:
        value = call()
    except error as it:
        return it
    raise AssertionError(f"no error, but {value!r}")


def bytes_that_are_no_text():
    """What a reader sends and Python reads with `surrogateescape`: a refusal, whatever it is."""
    key, card = holder()
    scanner = onecode.OneCodeScanner(lone_key(), onecode.Policy())
    context = onecode.ScanContext(application=101, place=310000, now_unix_s=NOW)
    number = lambda text: scanner.scan(text, context).message.number
    assert number("OC1:AB\udcff") == 106
    assert number("\udcff") == 103
    code = onecode.CodeSession(card, key).code(NOW).text
    for byte in range(0x80, 0x100):
        escaped = bytes([byte]).decode("utf-8", "surrogateescape")
        assert number(code[:20] + escaped + code[20:]) == 106, byte
        assert number(escaped + code) in (103, 105), byte
    scan = onecode.PastScan(text="OC1:\ud83d\ude00", context=context)
    assert [it.message.number for it in scanner.verify_batch([scan])] == [106]
    # Every other text.
    lone = "\ud800"
    assert onecode.explain("OC1:" + lone).is_UNREADABLE()
    raised(onecode.KeyError, lambda: onecode.PublicKey.from_jwk(lone))
    raised(onecode.UsageError.DocumentHash, lambda: onecode.Roots.from_hash(lone))
    error = raised(onecode.ChainError.Usage, lambda: onecode.ReceiptKeys.of([]).verify_chain([], lone))
    assert isinstance(error.usage, onecode.UsageError.ScannerName)
    wallet = onecode.Wallet()
    wallet.add(card, "key" + lone, "card" + lone)
    assert onecode.Wallet.from_bytes(wallet.to_bytes()).cards()[0].label == "card?"


def bytes_in_every_form():
    key, card = holder()
    scanner = onecode.OneCodeScanner(lone_key(), onecode.Policy())
    forms = (bytes, bytearray, memoryview, lambda it: memoryview(it + it)[: len(it)])
    half = key.public_key()
    for form in forms:
        public = onecode.PublicKey.from_bytes(half.algorithm(), form(half.to_bytes()))
        assert public == half
        assert onecode.CardCredential.from_bytes(form(card.to_bytes())) == card
        raised(onecode.InstallError, lambda: scanner.install_status(form(b"list"), NOW))
        session = onecode.CodeSession(card, key)
        session.bound_code(NOW, 101, form(b"challenge"))
    wide = memoryview(half.to_bytes() + b"\0").cast("H")
    assert len(wide) == 17  # 34 bytes: one too many for a key, and not 17
    raised(onecode.KeyError.NotAKey, lambda: onecode.PublicKey.from_bytes(half.algorithm(), wide))
    every_other = memoryview(b"".join(bytes([byte, 0]) for byte in half.to_bytes()))[::2]
    assert onecode.PublicKey.from_bytes(half.algorithm(), every_other) == half


def wrong_types():
    """An error of ours, and Python's own as well: never one of what lies between."""
    scanner = onecode.OneCodeScanner(lone_key(), onecode.Policy())
    context = lambda **other: onecode.ScanContext(
        **{"application": 101, "place": 310000, "now_unix_s": NOW} | other
    )
    for text in (b"OC1:AB", bytearray(b"OC1:AB"), memoryview(b"OC1:AB"), None, 7):
        error = raised(onecode.UsageError.WrongType, lambda: scanner.scan(text, context()))
        assert isinstance(error, onecode.UsageError) and isinstance(error, TypeError), error
    for time in (NOW + 0.5, "now", None):
        raised(onecode.UsageError.WrongType, lambda: scanner.scan("", context(now_unix_s=time)))
        raised(onecode.UsageError.WrongType, lambda: scanner.install_status(b"", time))
    raised(onecode.UsageError.WrongValue, lambda: scanner.install_status(b"", 1 << 63))
    raised(onecode.UsageError.WrongValue, lambda: onecode.generate_key("ESP256"))
    for data in ("list", None, 7):
        raised(onecode.UsageError.WrongType, lambda: scanner.install_status(data, NOW))
        challenge = lambda: scanner.scan("", context(challenge=data if data else 7))
        raised(onecode.UsageError.WrongType, challenge)
    for specimens in ("no", 2, None):
        policy = onecode.Policy(accept_specimens=specimens)
        raised(onecode.UsageError.WrongType, lambda: onecode.OneCodeScanner(lone_key(), policy))
    raised(onecode.UsageError.WrongType, lambda: onecode.OneCodeScanner(["root"], onecode.Policy()))

    # What stands for a whole number is one, as it is everywhere in Python.
    class Index:
        def __index__(self):
            return NOW

    raised(onecode.InstallError, lambda: scanner.install_status(b"", Index()))
    assert scanner.scan("", context(now_unix_s=Index())).message.number == 101


def keys_of_the_host():
    """Whatever a key of the host does, a code that is made is good."""
    key, card = holder()

    class Scripted(onecode.DeviceKey):
        def __init__(self, answer):
            self.answer = answer

        def public_key(self):
            return key.public_key()

        def sign(self, message):
            return self.answer(message)

    def throws(error):
        raise error

    class Unprintable(Exception):
        def __repr__(self):
            raise ValueError("not even its text")

    def failure(answer):
        session = onecode.CodeSession(card, Scripted(answer))
        return raised(onecode.MakeCodeError.Signing, lambda: session.code(NOW)).signing

    raw = lambda message: key.sign(message).bytes
    for form in (bytes, bytearray, memoryview):
        signs = Scripted(lambda message: onecode.EncodedSignature.RAW(form(raw(message))))
        onecode.CodeSession(card, signs).code(NOW)
    for error in (ValueError("\udcff"), Unprintable(), KeyboardInterrupt(), SystemExit(1)):
        refused = failure(lambda message: throws(error))
        assert isinstance(refused, onecode.SigningError.Refused), refused
    refused = failure(lambda message: throws(onecode.SigningError.Refused("\udcff")))
    assert refused.reason == "?"
    for nothing in (None, b"", "signature"):
        assert isinstance(failure(lambda message: nothing), onecode.SigningError.Refused)
    other = lambda message: key.sign(message + b"!")
    assert isinstance(failure(other), onecode.SigningError.DoesNotHold)

    # A new object of the same card is looked at anew.
    wallet = onecode.Wallet()
    added = wallet.add(card, "key", "card").card
    wallet.session(added, key).code(NOW)
    session = wallet.session(added, Scripted(other))
    error = raised(onecode.MakeCodeError.Signing, lambda: session.code(NOW + 1)).signing
    assert isinstance(error, onecode.SigningError.DoesNotHold)


def prepared():
    """What is prepared here and signed by a key that answers whenever it likes."""
    key, card = holder()
    session = onecode.PreparingSession(card)
    code = session.prepare(NOW)
    asked = code.to_be_signed()
    assert asked.digest == hashlib.sha256(asked.message).digest()
    assert "2026-11-23T00:00:00Z" in code.words().zh
    twice = raised(
        onecode.MakeCodeError.Signing, lambda: session.attach(code, key.sign(asked.digest)))
    assert isinstance(twice.signing, onecode.SigningError.HashedTwice)
    assert session.attach(code, key.sign(asked.message)).text.startswith("OC1:")
    raised(onecode.MakeCodeError.SecondTaken, lambda: session.attach(code, key.sign(asked.message)))

    issuer = onecode.generate_key(onecode.Algorithm.SM2).key
    credential = onecode.PreparedCredential(card.claims(), issuer.public_key())
    signature = issuer.sign(credential.to_be_signed().message)
    assert credential.attach(signature).verify(issuer.public_key())


if __name__ == "__main__":
    smoke()
    prepared()
    bytes_that_are_no_text()
    bytes_in_every_form()
    wrong_types()
    keys_of_the_host()
    restarted_issuer()
    back_office()
    test_governance.run()
    test_requests.run()
    print(f"Python: {vectors()} vectors")
