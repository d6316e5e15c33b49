#!/usr/bin/env python3
"""Checks who signs for the region: python3 verify_roots.py HASH ROOTS.json... [TRUST-LIST.json]

HASH is that of the first roots document, as read aloud when it was made. The other roots documents
follow it in their order, and the trust list, if any, comes last. Prints each edition's hash and
holders. Exit status: 0 all of it holds, 1 something is wrong.
Needs cryptography. Written from docs/SPEC.md, section 11. Does not support SM2: a signature by such
a key is not counted. Asks no clock, and does not look at every member of what was signed."""
import base64, hashlib, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
class Wrong(Exception): pass
def check(condition, reason):
    if not condition: raise Wrong(reason)
def encode(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
def decode(text):  # one text for each run of bytes: written again, it is the same
    check(type(text) is str and text.isascii(), "no text where base64url belongs")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    check(encode(data) == text, "base64url with padding, stray bits or another alphabet")
    return data
def members(pairs):
    check(len(dict(pairs)) == len(pairs), "a member is there twice")
    return dict(pairs)
def parse(data):
    def no(text): raise Wrong(f"{text} is no integer")
    return json.loads(data.decode(), object_pairs_hook=members, parse_float=no, parse_constant=no)
def exactly(value, *names):
    check(type(value) is dict and sorted(value) == sorted(names), f"not exactly {names}")
    return [value[name] for name in names]

def public_key(jwk):
    kind = (jwk["kty"], jwk["crv"])
    if kind == ("OKP", "Ed25519"):
        return "Ed25519", ed25519.Ed25519PublicKey.from_public_bytes(decode(jwk["x"]))
    if kind != ("EC", "P-256"): return None, None  # such as SM2
    x, y = (int.from_bytes(decode(jwk[name]), "big") for name in "xy")
    return "ES256", ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
def thumbprint(jwk):  # RFC 7638
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y") if name in jwk}
    return encode(hashlib.sha256(json.dumps(required, separators=(",", ":")).encode()).digest())
def holds(key, message, raw):
    der = utils.encode_dss_signature(*(int.from_bytes(n, "big") for n in (raw[:32], raw[32:])))
    ed = isinstance(key, ed25519.Ed25519PublicKey)
    try: key.verify(*((raw, message) if ed else (der, message, ec.ECDSA(hashes.SHA256()))))
    except InvalidSignature: return False
    return len(raw) == 64

KINDS = {"onecode-roots+jws": "roots", "onecode-trust-list+jws": "trust_list"}
class Document:
    def __init__(self, name):
        outer = open(name, "rb").read()
        check(b"\\" not in outer, "an escape in the outer object")
        payload, signatures = exactly(parse(outer), "payload", "signatures")
        check(type(signatures) is list and 1 <= len(signatures) <= 16, "not 1 to 16 signatures")
        self.payload, self.signatures, types = decode(payload), {}, set()
        self.hash = encode(hashlib.sha256(self.payload).digest())
        for protected, signature in (exactly(s, "protected", "signature") for s in signatures):
            alg, kid, typ = exactly(parse(decode(protected)), "alg", "kid", "typ")
            check(kid not in self.signatures, "one key has signed twice")
            self.signatures[kid] = alg, f"{protected}.{payload}".encode(), decode(signature)
            types.add(typ)
        check(len(types) == 1 and types <= KINDS.keys(), f"signed as {types}")
        self.kind = KINDS[types.pop()]
    def signed_by(self, roots):  # the holders that count, each once
        keys = [(holder["id"], key) for holder in roots["holders"] for key in holder["keys"]]
        # Who knows a key knows that of the opposite point, which has the same x.
        check(len({key["jwk"]["x"] for _, key in keys}) == len(keys), "one key is there twice")
        found = []
        for holder, key in keys:
            alg, *signed = self.signatures.get(thumbprint(key["jwk"]), (None,))
            named, public = public_key(key["jwk"])
            if self.kind in key["signs"] and alg and alg == named and holds(public, *signed):
                found += [holder] if holder not in found else []
        needed = roots["thresholds"][self.kind]
        check(1 <= needed <= len(found), f"{len(found)} of {needed} holders signed: {found}")
        return ", ".join(found)

def walk(expected, names):
    before = roots = None
    for name in names:
        try:
            document = Document(name)
            if before: signers = document.signed_by(roots)
            else: check(document.hash == expected, f"its hash is {document.hash}, not {expected}")
            content = parse(document.payload)
            check("critical" not in content, "it needs a feature that is not known here")
            if document.kind == "roots":
                if before: check((content["previous"], content["sequence"]) == (
                    before, roots["sequence"] + 1), "it does not follow the edition before it")
                signers, before, roots = document.signed_by(content), document.hash, content
            else: check(before and name == names[-1], "a trust list comes last")
            print(f"{document.kind} {content['sequence']}: {document.hash}\n  signed by {signers}")
            if document.kind == "roots": print("  holders:", *(h["id"] for h in roots["holders"]))
        except (Wrong, LookupError, TypeError, ValueError, AttributeError, OSError) as error:
            sys.exit(f"WRONG {name}: {type(error).__name__}: {error}")

if __name__ == "__main__":
    if len(sys.argv) < 3: sys.exit(__doc__)
    walk(sys.argv[1], sys.argv[2:])
