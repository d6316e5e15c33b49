// A small world to test in: an operator, an issuer, a card and a gate, all made here.

import Foundation
import XCTest

@testable import OneCode

struct World {
    static let now: Int64 = 1_795_392_000
    static let windowS: Int32 = 60

    let operatorRoot: any DeviceKey
    let issuer: any DeviceKey
    let phone: any DeviceKey
    let trustList: Data
    let catalogue: Data

    init() throws {
        operatorRoot = try generateKey(algorithm: .esp256).key
        issuer = try generateKey(algorithm: .esp256).key
        phone = try generateKey(algorithm: .esp256).key
        let trustList = try World.trustListJson(issuer)
        self.trustList = try World.signed(.trustList, trustList, operatorRoot)
        catalogue = try World.signed(.catalogue, World.catalogueJson(), operatorRoot)
    }

    static func edition(_ sequence: Int) -> String {
        """
        "sequence": \(sequence), "issued_at": "2026-10-24T00:00:00Z",
        "next_update": "2030-11-22T00:00:00Z", "expires": "2031-11-22T00:00:00Z"
        """
    }

    static func trustListJson(_ issuer: any DeviceKey, sequence: Int = 1) throws -> String {
        """
        {\(edition(sequence)), "issuers": [{
            "id": "cn-31", "name": {"zh": "上海", "en": "Shanghai"}, "region": 310000,
            "keys": [{
                "jwk": \(try issuer.publicKey().toJwk()),
                "may_sign": {"credentials": [310000], "status_lists": false},
                "not_before": "2025-11-23T00:00:00Z", "not_after": "2031-11-22T00:00:00Z"
            }]
        }]}
        """
    }

    static func catalogueJson() -> String {
        func application(_ number: Int, _ id: String, duplicates rule: String) -> String {
            """
            {
                "number": \(number), "id": "\(id)", "domain": "transit",
                "name": {"zh": "\(id)", "en": "\(id)"}, "places": [310000, 320000],
                "status": {"max_age_s": 86400, "beyond": "accept"},
                "bound": false, "challenge": false, "delegate": true,
                "duplicates": {"rule": "\(rule)"}, "from": "2025-11-23T00:00:00Z"
            }
            """
        }
        return """
            {\(edition(1)), "entitlements": [], "applications": [
                \(application(101, "metro", duplicates: "allow")),
                \(application(102, "once", duplicates: "refuse"))
            ], "foreign_codes": [{
                "id": "pay", "name": {"zh": "付款码", "en": "a payment code"},
                "advice": {"zh": "请收起付款码。", "en": "Close the payment code."},
                "pattern": {"begins_with": ["10"], "characters": "digits", "length": [18, 18]}
            }]}
            """
    }

    /// A document as one key signs it.
    static func signed(_ kind: DocumentKind, _ json: String, _ key: any DeviceKey) throws -> Data {
        try SignedDocument.ofPayload(kind: kind, payload: Data(json.utf8))
            .sign(key: key, nowUnixS: now).toJson()
    }

    /// A card bound to `key`, by default to the phone of this world.
    func card(boundTo key: (any DeviceKey)? = nil) throws -> CardCredential {
        let claims = CardClaims(
            region: 310_000, statusIndex: 7, entitlements: [0, 3], maxWindowS: World.windowS,
            expiresUnixS: World.now + 90 * 86_400, holderKey: try (key ?? phone).publicKey())
        return try CardCredential.issue(claims: claims, issuer: issuer)
    }

    /// A session with `key`, by default the phone's.
    func session(_ key: (any DeviceKey)? = nil) throws -> CodeSession {
        try CodeSession(credential: card(boundTo: key), key: key ?? phone)
    }

    /// A scanner that has the lists.
    func scanner() throws -> OneCodeScanner {
        let policy = Policy(withoutStatusLists: true)
        let scanner = try OneCodeScanner(roots: .fromKey(key: operatorRoot.publicKey()), policy: policy)
        try scanner.installTrustList(json: trustList, nowUnixS: World.now)
        try scanner.installCatalogue(json: catalogue, nowUnixS: World.now)
        return scanner
    }

    /// Application 101 allows a code to be used again, 102 does not.
    static func context(_ nowUnixS: Int64 = now, application: Int32 = 101) -> ScanContext {
        ScanContext(application: application, place: 310_115, nowUnixS: nowUnixS)
    }
}

/// A key that asks a closure for its signature.
final class ScriptedKey: DeviceKey {
    private let half: PublicKey
    private let answer: @Sendable (Data) throws -> EncodedSignature

    init(_ half: PublicKey, answer: @escaping @Sendable (Data) throws -> EncodedSignature) {
        self.half = half
        self.answer = answer
    }

    func publicKey() throws -> PublicKey { half }
    func sign(message: Data) throws -> EncodedSignature { try answer(message) }
}

/// Fails unless the closure throws exactly this error.
func expect<E: Error & Equatable>(
    _ expected: E, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Any
) {
    do {
        let value = try body()
        XCTFail("no error, but \(value)", file: file, line: line)
    } catch {
        XCTAssertEqual(error as? E, expected, "\(error)", file: file, line: line)
    }
}
