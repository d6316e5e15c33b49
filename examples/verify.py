#!/usr/bin/env python3
"""Checks one code: python3 verify.py TEXT ISSUER_PUBLIC_KEY [NOW]

TEXT is what stands in the QR picture. ISSUER_PUBLIC_KEY is a PEM file, or hex: a SEC 1 point on
P-256, or the 32 bytes of an Ed25519 key. NOW is in Unix seconds; without it the clock is asked.
Needs cbor2 and cryptography. Written from docs/SPEC.md. Exit status: 0 valid, 1 refused.
Does not support SM2. Tries its one key whatever the kid. Knows no applications, no status lists, and
does not look for Ed25519 keys of small order."""
import re, sys, time
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
class Refused(Exception): pass
def check(condition, number, reason):
    if not condition: raise Refused(f"{number}: {reason}")

def base45(text):
    alphabet, out = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", b""
    for group in (text[at:at + 3] for at in range(0, len(text), 3)):
        check(len(group) > 1 and all(c in alphabet for c in group), 106, "not base45")
        value = sum(alphabet.index(c) * 45 ** power for power, c in enumerate(group))
        check(value < 256 ** (len(group) - 1), 106, "not base45: a group is too large")
        out += value.to_bytes(len(group) - 1, "big")
    return out

def fits(value, rule):  # a tuple stands around what is optional; a function decides itself
    if isinstance(rule, tuple): return fits(value, rule[0])
    if isinstance(rule, range): return type(value) is int and value in rule
    if isinstance(rule, type): return type(value) is rule
    if isinstance(rule, list):
        return type(value) is list and len(value) == len(rule) and all(map(fits, value, rule))
    if isinstance(rule, dict):
        required = {key for key in rule if type(rule[key]) is not tuple}
        return (type(value) is dict and required <= value.keys() <= rule.keys()
                and all(type(key) is int and fits(value[key], rule[key]) for key in value))
    return rule(value)

def octets(low, high): return lambda v: type(v) is bytes and low <= len(v) <= high
def decimal(v): return type(v) is str and re.fullmatch("[1-9][0-9]{0,4}", v) and int(v) < 65_536
def region(v): return type(v) is int and re.fullmatch(
    r"(1[1-9]|[2-7]\d|8[0-2])((?!00)\d\d){0,2}", str(v))
TIME, ESP256, ED25519 = range(253_402_300_800), -9, -19
CODE_HEADER, CODE = {1: int, 13: list}, {3: (decimal,), 6: TIME, 39: (octets(5, 16),)}
HEADER, CLAIMS = {1: int, 4: octets(2, 2)}, {4: TIME, 6: (TIME,), 8: {1: dict}, -65537: list}
CARD = [range(1, 2), region, range(2**32), range(2**64), range(1, 301), range(4)]
P256_KEY = {1: range(2, 3), -1: range(1, 2), -2: octets(32, 32), -3: bool}
OKP_KEY = {1: range(1, 2), -1: range(6, 7), -2: octets(32, 32)}
def cbor(data):  # one item in its one encoding: written again, it is the same
    try: item = cbor2.loads(data)
    except Exception as error: raise Refused(f"107: not CBOR: {error}") from None
    check(cbor2.dumps(item, canonical=True) == data, 107, "not deterministic CBOR")
    return item
def sign1(item, header_rule, claims_rule, signer):
    check(type(item) is not list or item[3:] not in ([], [b""]), 208, f"no {signer}'s signature")
    check(fits(item, [bytes, {}, bytes, octets(64, 64)]), 107, "not a COSE_Sign1")
    header, claims = cbor(item[0]), cbor(item[2])
    check(header_rule is HEADER or not fits(header, HEADER), 208, "a credential on its own")
    check(fits(header, header_rule) and fits(claims, claims_rule), 107, f"wrong {signer}'s claims")
    return header, claims, cbor2.dumps(["Signature1", item[0], b"", item[2]]), item[3]
def verify(key, named, message, raw, signer, number):
    kind = ED25519 if isinstance(key, ed25519.Ed25519PublicKey) else ESP256
    check(named in (ESP256, ED25519), 109, "unknown algorithm, or SM2, not supported here")
    check(named == kind, 209, f"the {signer}'s key is for {kind}, the header names {named}")
    der = utils.encode_dss_signature(*(int.from_bytes(n, "big") for n in (raw[:32], raw[32:])))
    arguments = (raw, message) if kind == ED25519 else (der, message, ec.ECDSA(hashes.SHA256()))
    try: key.verify(*arguments)
    except InvalidSignature: raise Refused(f"{number}: the {signer}'s signature is wrong") from None
def read_key(raw):
    if len(raw) == 32: return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)

def scan(text, issuer, now, tolerance_s=30):
    check(text.startswith("OC1:") and len(text) <= 483, 103, "not a code of this version")
    top, code, *code_signed = sign1(cbor(base45(text[4:])), CODE_HEADER, CODE, "phone")
    header, card, *signed = sign1(top[13], HEADER, CLAIMS, "issuer")
    check(card[-65537][:1] == [1], 108, "a later scheme")
    check(fits(card[-65537], CARD), 107, "wrong card")
    key, (_, area, index, bits, window, flags), age = card[8][1], card[-65537], now - code[6]
    check(fits(key, P256_KEY) or fits(key, OKP_KEY), 109, "unknown key, or SM2, not supported here")
    verify(issuer, header[1], *signed, "issuer", 206)
    try: phone = read_key((bytes([2 + key[-3]]) if -3 in key else b"") + key[-2])
    except ValueError: raise Refused("210: the phone's key is no key") from None
    verify(phone, top[1], *code_signed, "phone", 207)
    check(age >= -tolerance_s, 303, f"made for {-age} s from now")
    check(age <= window + tolerance_s, 302, f"{age} s old, good for {window} s")
    check(now < card[4], 304, "the card has expired")
    check(not flags & 1, 404, "a practice card")
    return {"region": f"{area:<06}", "status index": f"{index}", "entitlements": f"{bits:#x}",
            "window": f"{window} s", "made at (iat)": f"{code[6]}", "age": f"{age} s",
            "expires": f"{card[4]}", "confirmed at": f"{card.get(6, '-')}", "flags": f"{flags}",
            "application": code.get(3, "any"), "challenge": code.get(39, b"").hex() or "none"}

if __name__ == "__main__":
    if len(sys.argv) not in (3, 4): sys.exit(__doc__)
    _, text, name, now = [*sys.argv, time.time()][:4]
    try: issuer = read_key(bytes.fromhex(name))
    except ValueError: issuer = serialization.load_pem_public_key(open(name, "rb").read())
    try: print("VALID", *map(": ".join, scan(text, issuer, int(now)).items()), sep="\n")
    except Refused as refused: sys.exit(f"REFUSED {refused}")
