// What a scan and a code cost through Swift, against the same in Rust, in turns in one run:
//
//     bash bindings/swift/measure.sh
//
// The feature `measure` exports loops in Rust to compare with. They are in nothing that ships.

import Dispatch
import Foundation
import OneCode

let now: Int64 = 1_795_392_000
let turns = 60
let calls: Int32 = 500

func microseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1_000 / Double(calls)
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// Each turn does both, so that whatever else the machine does slows both down.
func compare(_ name: String, swift: () throws -> Void, rust: () throws -> Void) throws {
    var (ours, theirs, ratios): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<turns {
        let theirTime = try microseconds(rust)
        let ourTime = try microseconds(swift)
        ours.append(ourTime)
        theirs.append(theirTime)
        ratios.append(ourTime / theirTime)
    }
    let figures = [median(ours), median(theirs), median(ratios)].map { String(format: "%.2f", $0) }
    print("\(name): \(figures[0]) µs through Swift, \(figures[1]) µs in Rust, \(figures[2]) ×")
}

let root = try generateKey(algorithm: .esp256).key
let issuer = try generateKey(algorithm: .esp256).key
let phone = try generateKey(algorithm: .esp256).key
let times = """
    "sequence": 1, "issued_at": "2026-10-24T00:00:00Z",
    "next_update": "2030-11-22T00:00:00Z", "expires": "2031-11-22T00:00:00Z"
    """
func sign(_ kind: DocumentKind, _ json: String) throws -> Data {
    try SignedDocument.ofPayload(kind: kind, payload: Data(json.utf8))
        .sign(key: root, nowUnixS: now).toJson()
}
let trustList = try SignedDocument.ofPayload(
    kind: .trustList,
    payload: Data("""
        {\(times), "issuers": [{
            "id": "cn-31", "name": {"zh": "上海", "en": "Shanghai"}, "region": 310000,
            "keys": [{
                "jwk": \(try issuer.publicKey().toJwk()),
                "may_sign": {"credentials": [310000], "status_lists": false},
                "not_before": "2025-11-23T00:00:00Z", "not_after": "2031-11-22T00:00:00Z"
            }]
        }]}
        """)
let catalogue = try sign(
    .catalogue,
    """
        {\(times), "entitlements": [], "applications": [{
            "number": 101, "id": "metro", "domain": "transit",
            "name": {"zh": "地铁", "en": "Metro"}, "places": [310000],
            "status": {"max_age_s": 86400, "beyond": "accept"},
            "bound": false, "challenge": false, "delegate": true,
            "duplicates": {"rule": "allow"}, "from": "2025-11-23T00:00:00Z"
        }]}
        """)
let scanner = try OneCodeScanner(roots: .fromKey(key: root.publicKey()), policy: Policy())
try scanner.installTrustList(json: trustList, nowUnixS: now)
try scanner.installCatalogue(json: catalogue, nowUnixS: now)
let card = try CardCredential.issue(
    claims: CardClaims(
        region: 310_000, statusIndex: 7, entitlements: [0, 3], maxWindowS: 60,
        expiresUnixS: now + 90 * 86_400, holderKey: phone.publicKey()),
    issuer: issuer)
let session = try CodeSession(credential: card, key: phone)
let context = ScanContext(application: 101, place: 310_115, nowUnixS: now)
let text = try session.code(nowUnixS: now).text

guard case .accepted = try scanner.scan(text: text, context: context) else {
    fatalError("the code is refused, so there is nothing to measure")
}
try compare("a scan of a card seen before") {
    for _ in 0..<calls { _ = try scanner.scan(text: text, context: context) }
} rust: {
    _ = try scanner.scanInRust(text: text, context: context, rounds: calls)
}

var second = now
try compare("making a code") {
    for _ in 0..<calls {
        second += 1
        _ = try session.code(nowUnixS: second)
    }
} rust: {
    second += Int64(calls)
    _ = try codesInRust(credential: card, key: phone, fromUnixS: second, rounds: calls)
}
