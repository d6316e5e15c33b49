// A region in which three of five holders sign.

import Foundation

@testable import OneCode

/// Five holders; one issuer, for which sh answers; one card.
struct Region {
    static let ids = ["ah", "escrow", "js", "sh", "zj"]

    let world: World
    let indexKey: any DeviceKey
    let first: Data
    private(set) var keys: [String: any DeviceKey] = [:]

    init() throws {
        world = try World()
        indexKey = try generateKey(algorithm: .esp256).key
        for id in Region.ids { keys[id] = try generateKey(algorithm: .esp256).key }
        let json = try Region.rootsJson(1, keys: keys, indexKey: indexKey)
        first = try Region.sign(.roots, json, ["ah", "js", "sh"].map { [keys] in keys[$0]! })
    }

    func key(_ holder: String) -> any DeviceKey { keys[holder]! }

    static func draft(_ kind: DocumentKind, _ json: String) throws -> SignedDocument {
        try SignedDocument.ofPayload(kind: kind, payload: Data(json.utf8))
    }

    static func sign(
        _ kind: DocumentKind, _ json: String, _ keys: [any DeviceKey]
    ) throws -> Data {
        try keys.reduce(try draft(kind, json)) { try $0.sign(key: $1, nowUnixS: World.now) }
            .toJson()
    }

    func sign(_ kind: DocumentKind, _ json: String, _ holders: String...) throws -> Data {
        try Region.sign(kind, json, holders.map(key))
    }

    func rootsJson(_ sequence: Int, previous: String) throws -> String {
        try Region.rootsJson(sequence, previous: previous, keys: keys, indexKey: indexKey)
    }

    private static func rootsJson(
        _ sequence: Int, previous: String? = nil, keys: [String: any DeviceKey],
        indexKey: any DeviceKey
    ) throws -> String {
        func member(_ key: any DeviceKey, _ signs: String) throws -> String {
            "{\"jwk\": \(try key.publicKey().toJwk()), \"signs\": [\(signs)]}"
        }
        let holders = try ids.map { id in
            let all = #""roots", "trust_list", "catalogue", "withdrawal""#
            var of = try member(keys[id]!, all)
            if id == "ah" { of += ", " + (try member(indexKey, #""index""#)) }
            let issuers = id == "sh" ? #""cn-31""# : ""
            return """
                {"id": "\(id)", "name": {"zh": "\(id)", "en": "\(id)"},
                 "issuers": [\(issuers)], "keys": [\(of)]}
                """
        }
        let before = previous.map { "\"previous\": \"\($0)\", " } ?? ""
        return """
            {\(World.edition(sequence)), \(before)
             "thresholds": {"roots": 3, "trust_list": 3, "catalogue": 2},
             "holders": [\(holders.joined(separator: ", "))]}
            """
    }

    /// The second edition, in which sh has another key. Returns the one that it had before, too.
    mutating func nextRoots() throws -> (document: Data, oldKey: any DeviceKey) {
        let old = key("sh")
        keys["sh"] = try generateKey(algorithm: .esp256).key
        let json = try rootsJson(2, previous: SignedDocument.fromJson(json: first).hash())
        return (try sign(.roots, json, "ah", "js", "zj"), old)
    }

    func trustList() throws -> Data {
        try sign(.trustList, World.trustListJson(world.issuer), "ah", "js", "zj")
    }

    func catalogue() throws -> Data { try sign(.catalogue, World.catalogueJson(), "ah", "js") }

    func noticeJson() throws -> String {
        """
        {"issued_at": "2026-11-23T00:00:00Z", "expires": "2026-11-24T00:00:00Z",
         "issuer": "cn-31", "keys": ["\(try world.issuer.publicKey().jwkThumbprint())"]}
        """
    }

    func emptyGate() throws -> OneCodeScanner {
        try OneCodeScanner(
            roots: .fromEdition(json: first), policy: Policy(withoutStatusLists: true))
    }

    /// A gate with the first edition and the lists.
    func gate() throws -> OneCodeScanner {
        let gate = try emptyGate()
        try gate.installTrustList(json: trustList(), nowUnixS: World.now)
        try gate.installCatalogue(json: catalogue(), nowUnixS: World.now)
        return gate
    }
}
