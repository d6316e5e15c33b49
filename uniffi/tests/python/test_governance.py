"""Roots, documents that several holders sign, and what takes keys back, through the Python binding.

`test_onecode.py` runs this.
"""

import base64
import contextlib
import datetime
import hashlib
import json

import onecode
from onecode import DocumentKind

NOW = 1_795_392_000
DAY = 86_400
METRO = 101


def at(unix_s):
    time = datetime.datetime.fromtimestamp(unix_s, datetime.timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def base64url(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def esp256():
    return onecode.generate_key(onecode.Algorithm.ESP256).key


def thumbprint(key):
    return key.public_key().jwk_thumbprint()


@contextlib.contextmanager
def raises(error):
    """What is raised inside, which has to be of this class."""
    caught = []
    try:
        yield caught
    except error as it:
        caught.append(it)
    else:
        raise AssertionError(f"no {error}")


class Region:
    """Five holders, of whom three sign; one issuer, for which sh answers; one card."""

    IDS = ("ah", "escrow", "js", "sh", "zj")

    def __init__(self):
        self.keys = {holder: esp256() for holder in self.IDS}
        self.index_key, self.issuer, self.phone = esp256(), esp256(), esp256()
        claims = onecode.CardClaims(
            region=310000,
            status_index=7,
            entitlements=[],
            max_window_s=60,
            expires_unix_s=NOW + 30 * DAY,
            holder_key=self.phone.public_key(),
        )
        self.card = onecode.CardCredential.issue(claims, self.issuer)
        self.first = self.sign(DocumentKind.ROOTS, self.roots(1), "ah", "js", "sh")

    def edition(self, sequence, **members):
        times = {"issued_at": NOW - DAY, "next_update": NOW + DAY, "expires": NOW + 30 * DAY}
        times = {name: at(time) for name, time in times.items()}
        return {"sequence": sequence} | times | members

    def roots(self, sequence, **previous):
        kinds = ["roots", "trust_list", "catalogue", "withdrawal"]
        key = lambda key, kinds: {"jwk": json.loads(key.public_key().to_jwk()), "signs": kinds}
        holders = [
            {
                "id": holder,
                "name": {"zh": holder, "en": holder},
                "issuers": ["cn-31"] if holder == "sh" else [],
                "keys": [key(self.keys[holder], kinds)],
            }
            for holder in self.IDS
        ]
        holders[0]["keys"].append(key(self.index_key, ["index"]))
        thresholds = {"roots": 3, "trust_list": 3, "catalogue": 2}
        return self.edition(sequence, **previous, thresholds=thresholds, holders=holders)

    def trust_list(self, sequence=1):
        key = {
            "jwk": json.loads(self.issuer.public_key().to_jwk()),
            "may_sign": {"credentials": [310000]},
            "not_before": at(NOW - DAY),
            "not_after": at(NOW + 365 * DAY),
        }
        name = {"zh": "上海", "en": "Shanghai"}
        issuer = {"id": "cn-31", "name": name, "region": 310000, "keys": [key]}
        return self.edition(sequence, issuers=[issuer])

    def catalogue(self):
        metro = {
            "number": METRO,
            "id": "transit.metro",
            "domain": "transit",
            "name": {"zh": "地铁", "en": "Metro"},
            "places": [310000],
            "status": {"max_age_s": DAY, "beyond": "accept"},
            "duplicates": {"rule": "refuse"},
            "from": at(NOW - DAY),
        }
        return self.edition(1, entitlements=[], applications=[metro], foreign_codes=[])

    def notice(self):
        times = {"issued_at": at(NOW), "expires": at(NOW + DAY)}
        return times | {"issuer": "cn-31", "keys": [thumbprint(self.issuer)]}

    def draft(self, kind, content):
        return onecode.SignedDocument.of_payload(kind, json.dumps(content).encode())

    def sign(self, kind, content, *holders):
        document = self.draft(kind, content)
        for holder in holders:
            document = document.sign(self.keys[holder], NOW)
        return document.to_json()

    def next_roots(self):
        """The second edition, in which sh has another key."""
        previous = onecode.SignedDocument.from_json(self.first).hash()
        self.old_key, self.keys["sh"] = self.keys["sh"], esp256()
        return self.sign(DocumentKind.ROOTS, self.roots(2, previous=previous), "ah", "js", "zj")

    def gate(self):
        """A gate with the first edition and the lists."""
        gate = self.empty_gate()
        gate.install_trust_list(self.sign(DocumentKind.TRUST_LIST, self.trust_list(), "ah", "js", "zj"), NOW)
        gate.install_catalogue(self.sign(DocumentKind.CATALOGUE, self.catalogue(), "ah", "js"), NOW)
        return gate

    def empty_gate(self):
        policy = onecode.Policy(without_status_lists=True)
        return onecode.OneCodeScanner(onecode.Roots.from_edition(self.first), policy)

    def code(self, now):
        return onecode.CodeSession(self.card, self.phone).code(now).text


def context(now):
    return onecode.ScanContext(application=METRO, place=310000, now_unix_s=now)


def number(verdict):
    return verdict.message.number if verdict.is_REFUSED() else 0


def a_gate_walks_and_takes_what_three_of_five_sign():
    region = Region()
    gate = region.empty_gate()
    second = region.next_roots()
    gate.install_roots(second)
    gate.install_roots(second)  # Again, as after a restart.
    roots = gate.roots()
    assert roots.number() == 2
    assert roots.document_hash() == onecode.SignedDocument.from_json(second).hash()
    assert roots.thresholds() == onecode.Thresholds(roots=3, trust_list=3, catalogue=2)
    holders = {holder.id: holder for holder in roots.holders()}
    assert tuple(holders) == region.IDS
    assert holders["sh"].issuers == ["cn-31"]
    assert holders["sh"].keys[0].key == region.keys["sh"].public_key()
    assert holders["ah"].keys[1].signs == [DocumentKind.INDEX]
    with raises(onecode.InstallError.Rollback):
        gate.install_roots(region.first)
    previous = onecode.SignedDocument.from_json(second).hash()
    fourth = region.sign(DocumentKind.ROOTS, region.roots(4, previous=previous), *region.IDS)
    with raises(onecode.InstallError.RootsSkipped) as caught:
        gate.install_roots(fourth)
    assert (caught[0].in_force, caught[0].offered) == (2, 4)

    # Two holders, one of them with the key that it no longer has besides.
    document = region.draft(DocumentKind.TRUST_LIST, region.trust_list())
    document = document.sign(region.keys["js"], NOW).sign(region.keys["zj"], NOW)
    document = document.sign(region.old_key, NOW)
    with raises(onecode.InstallError.Document) as caught:
        gate.install_trust_list(document.to_json(), NOW)
    error = caught[0].document
    assert isinstance(error, onecode.DocumentError.NotEnough)
    assert (error.needed, error.holders) == (3, ["js", "zj"])
    assert (error.unknown, error.not_admitted, error.bad) == (1, 0, 0)
    assert "['js', 'zj']" in str(caught[0]), str(caught[0])

    gate.install_trust_list(document.sign(region.keys["sh"], NOW).to_json(), NOW)
    catalogue = region.sign(DocumentKind.CATALOGUE, region.catalogue(), "escrow", "ah")
    gate.install_catalogue(catalogue, NOW)
    assert gate.scan(region.code(NOW), context(NOW)).is_ACCEPTED()
    assert gate.preflight(NOW).roots.sequence == 2

    # The same on a phone.
    trust_list = document.sign(region.keys["ah"], NOW).to_json()
    assert onecode.Offers.verify(trust_list, catalogue, roots).applications()[0].number == METRO
    with raises(onecode.DocumentError.NotEnough):
        onecode.Offers.verify(document.to_json(), catalogue, roots)


def a_gate_waits_for_the_edition_with_the_hash_it_was_set_up_with():
    region = Region()
    awaited = onecode.Roots.from_hash(onecode.SignedDocument.from_json(region.first).hash())
    gate = onecode.OneCodeScanner(awaited, onecode.Policy())
    assert (awaited.number(), awaited.document_hash(), awaited.thresholds()) == (0, None, None)
    with raises(onecode.InstallError.OtherRoots):
        gate.install_roots(Region().first)
    gate.install_roots(region.first)
    assert (awaited.number(), awaited.walk(region.first).number(), gate.roots().number()) == (0, 1, 1)


def an_index_tells_of_a_list_and_a_notice_takes_a_key():
    region = Region()
    gate = region.gate()
    newer = region.draft(DocumentKind.TRUST_LIST, region.trust_list(2))
    notice = region.sign(DocumentKind.WITHDRAWAL, region.notice(), "sh")
    named = lambda sequence, sha256: {"sequence": sequence, "sha256": sha256}
    index = {"issued_at": at(NOW), "expires": at(NOW + DAY // 2)} | {
        "roots": named(1, gate.roots().document_hash()),
        "trust_list": named(2, newer.hash()),
        "catalogue": named(1, region.draft(DocumentKind.CATALOGUE, region.catalogue()).hash()),
        "withdrawals": [onecode.SignedDocument.from_json(notice).hash()],
    }
    index = region.draft(DocumentKind.INDEX, index)
    with raises(onecode.InstallError.Document) as caught:
        gate.install_index(index.sign(region.keys["ah"], NOW).to_json(), NOW)
    assert caught[0].document.not_admitted == 1
    index = index.sign(region.index_key, NOW).to_json()
    gate.install_index(index, NOW)

    receipts = esp256()
    gate.start_receipts("gate-1", receipts)
    codes = [region.code(NOW), region.code(NOW + 1)]
    told = gate.scan_with_receipt(codes[0], context(NOW))
    missing = [DocumentKind.TRUST_LIST, DocumentKind.WITHDRAWAL]
    advisories = told.verdict.acceptance.advisories
    (advisory,) = [it for it in advisories if it.is_NEWER_EXISTS()]
    assert advisory.missing == missing
    assert onecode.document_kind_name(missing[1]).en == "Withdrawal notice"
    preflight = gate.preflight(NOW + 60)
    assert preflight.index.age_s == 60
    endings = preflight.applications[0].endings
    kinds = [it.reason.kind for it in endings if it.reason.is_NEWER_EXISTS()]
    assert sorted(kinds, key=missing.index) == missing
    assert {(it.number, it.refuses) for it in endings if it.reason.is_NEWER_EXISTS()} == {(0, False)}

    with raises(onecode.InstallError.NotAnsweredFor) as caught:
        gate.install_withdrawal(region.sign(DocumentKind.WITHDRAWAL, region.notice(), "js"), NOW)
    assert caught[0].issuer == "cn-31"
    gate.install_withdrawal(notice, NOW)
    refused = gate.scan_with_receipt(codes[1], context(NOW + 1))
    assert number(refused.verdict) == 205

    # Both scans again, by the lists of that time.
    roots = onecode.Roots.from_edition(region.first)
    trust_list = region.sign(DocumentKind.TRUST_LIST, region.trust_list(), "ah", "js", "zj")
    catalogue = region.sign(DocumentKind.CATALOGUE, region.catalogue(), "ah", "js")
    keys = onecode.ReceiptKeys.of([receipts.public_key()])
    archive = onecode.ReplayLists([roots], trust_list, catalogue)
    replay = lambda told, text: archive.replay(told.receipt.bytes, keys, text)
    with raises(onecode.ReplayError.OtherNotice) as caught:
        replay(told, codes[0])
    assert caught[0].missing == onecode.SignedDocument.from_json(index).hash()
    archive.add_index(index)
    assert replay(told, codes[0]) == told.verdict
    with raises(onecode.ReplayError.OtherNotice):
        replay(refused, codes[1])
    archive.add_withdrawal(notice)
    assert replay(refused, codes[1]) == refused.verdict
    walked = roots.walk(region.next_roots())
    archive = onecode.ReplayLists([walked], trust_list, catalogue)
    with raises(onecode.ReplayError.OtherRoots) as caught:
        replay(told, codes[0])
    assert caught[0].receipt == 1


def other_roots_are_told_and_begun_with_and_used_codes_stay_used():
    region = Region()
    gate = region.gate()
    gate.install_roots(region.next_roots())
    code = region.code(NOW)
    assert gate.scan(code, context(NOW)).is_ACCEPTED()
    policy = onecode.Policy(without_status_lists=True)
    gate = onecode.OneCodeScanner.restore(gate.snapshot(), policy)
    gate.roots().came_by(onecode.Roots.from_edition(region.first))

    key = esp256()
    lone = onecode.Roots.from_key(key.public_key())
    with raises(onecode.RootsDiffer.NotAmong) as caught:
        gate.roots().came_by(lone)
    assert (caught[0].configured, caught[0].number) == (thumbprint(key), 2)
    assert caught[0].begun == onecode.SignedDocument.from_json(region.first).hash()
    assert caught[0].configured in str(caught[0])

    gate.begin_anew(lone)
    gate.roots().came_by(lone)
    assert number(gate.scan(region.code(NOW + 1), context(NOW + 1))) == 701
    sign = lambda kind, content: region.draft(kind, content).sign(key, NOW).to_json()
    gate.install_trust_list(sign(DocumentKind.TRUST_LIST, region.trust_list()), NOW)
    gate.install_catalogue(sign(DocumentKind.CATALOGUE, region.catalogue()), NOW)
    assert number(gate.scan(code, context(NOW + 2))) == 601
    assert number(gate.scan(region.code(NOW + 2), context(NOW + 2))) == 0


def holders_sign_in_three_places_and_one_joins():
    region = Region()
    draft = region.draft(DocumentKind.TRUST_LIST, region.trust_list())
    assert (draft.kind(), draft.signers()) == (DocumentKind.TRUST_LIST, [])
    assert json.loads(draft.payload()) == region.trust_list()
    assert draft.hash() == base64url(hashlib.sha256(draft.payload()).digest())
    assert draft.hash() in draft.words().zh and draft.hash() in draft.words().en

    # One prepares here and signs in a security module.
    module = region.keys["js"]
    prepared = draft.prepare(module.public_key(), NOW)
    signed = prepared.to_be_signed()
    assert signed.digest == hashlib.sha256(signed.message).digest()
    assert prepared.words() == draft.words()
    with raises(onecode.SigningError.DoesNotHold):
        prepared.attach(region.keys["zj"].sign(signed.message))
    by_js = prepared.attach(module.sign(signed.message))
    assert by_js.signers() == [thumbprint(module)]
    assert draft.signers() == [], "a document changed"

    # Two sign copies of it, and the copies are sent back.
    sent = onecode.SignedDocument.from_json(by_js.to_json())
    copies = [sent.sign(region.keys[holder], NOW) for holder in ("ah", "zj")]
    joined = by_js.join(copies[0]).join(copies[1]).join(copies[1])
    assert joined.signers() == [thumbprint(region.keys[it]) for it in ("js", "ah", "zj")]
    assert joined.hash() == draft.hash()
    region.empty_gate().install_trust_list(joined.to_json(), NOW)

    with raises(onecode.SignDocumentError.NoMoreSignatures):
        joined.sign(module, NOW)
    other = region.draft(DocumentKind.TRUST_LIST, region.trust_list(2))
    with raises(onecode.SignDocumentError.OtherDocument) as caught:
        joined.join(other)
    assert (caught[0].ours, caught[0].theirs) == (joined.hash(), other.hash())
    with raises(onecode.SignDocumentError.DatedAhead):
        draft.prepare(module.public_key(), NOW - 10 * DAY)
    with raises(onecode.DocumentError.Content):
        region.draft(DocumentKind.ROOTS, region.trust_list())


def run():
    a_gate_walks_and_takes_what_three_of_five_sign()
    a_gate_waits_for_the_edition_with_the_hash_it_was_set_up_with()
    an_index_tells_of_a_list_and_a_notice_takes_a_key()
    other_roots_are_told_and_begun_with_and_used_codes_stay_used()
    holders_sign_in_three_places_and_one_joins()
