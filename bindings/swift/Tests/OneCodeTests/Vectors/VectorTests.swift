// The vectors of tests/vectors, which every language reads: the same verdict, number and facts.

import Foundation
import XCTest

@testable import OneCode

final class VectorTests: XCTestCase {
    func testAllVectorsGiveTheVerdictOfRust() throws {
        let directory = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().appendingPathComponent("../../../../../tests/vectors")
            .standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        var (held, left) = (0, 0)
        for file in files.filter({ $0.hasSuffix(".json") }).sorted() {
            let data = try Data(contentsOf: directory.appendingPathComponent(file))
            let document = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? Members)
            // The vectors of the standard for status lists are of another kind.
            guard let vectors = document["vectors"] as? [Members] else { continue }
            for vector in vectors {
                let name = "\(file): \(vector["name"] ?? "?")"
                if forServers.contains(vector["do"] as? String ?? "") {
                    #if PHONE
                        left += 1
                        continue
                    #else
                        try hold(vector, name, backendVector(document, vector))
                    #endif
                } else if let steps = vector["steps"] as? [Members] {
                    let scanners = try Scanners(document, vector)
                    for (at, step) in steps.enumerated() {
                        try hold(step, "\(name), step \(at)", scanners.does(step))
                    }
                } else if let found = try requestVector(vector) {
                    try hold(vector, name, found)
                } else if vector["do"] as? String == "fetch" {
                    try hold(vector, name, fetchVector(document, vector))
                } else if vector["do"] != nil {
                    try hold(vector, name, does(vector))
                } else {
                    let scanner = try Lists(document, vector).scanner()
                    try hold(vector, name, scan(vector, scanner))
                }
                held += 1
            }
        }
        XCTAssertGreaterThan(held, 600)
        #if PHONE
            print("Swift for phones: \(held) vectors; \(left) are for servers")
        #else
            XCTAssertEqual(left, 0)
            print("Swift: \(held) vectors")
        #endif
    }

    private func hold(_ vector: Members, _ name: String, _ found: Any) throws {
        let expected = try XCTUnwrap(vector["expected"] as? NSObject, name)
        XCTAssertEqual(found as? NSObject, expected, name)
    }
}

typealias Members = [String: Any]

/// What only the binding for servers does; BackendVectors.swift holds it to these.
private let forServers: Set = [
    "verify", "chain", "replay", "request", "challenge", "make_challenge", "collect", "move",
    "check_renewal", "loss",
]

enum VectorError: Error { case unknown(String) }

/// The lists of the document, and those that a set named by the vector has in their place.
func listsOf(_ document: Members, _ vector: Members) throws -> Members {
    var lists = try XCTUnwrap(document["lists"] as? Members)
    if let name = vector["lists"] as? String {
        let sets = try XCTUnwrap(document["list_sets"] as? Members)
        lists.merge(try XCTUnwrap(sets[name] as? Members)) { _, set in set }
    }
    return lists
}

/// What scanners are set up with: an edition, the hash of one, or a lone key.
private func rootsOf(_ lists: Members) throws -> Roots {
    if let json = lists["roots"] as? String { return try .fromEdition(json: Data(json.utf8)) }
    if let hash = lists["roots_hash"] as? String { return try .fromHash(hash: hash) }
    return .fromKey(key: try .fromJwk(json: XCTUnwrap(lists["root"] as? String)))
}

/// The same, and each edition that they walk to.
func editionsOf(_ lists: Members) throws -> [Roots] {
    var editions = [try rootsOf(lists)]
    for json in lists["walked"] as? [String] ?? [] {
        editions.append(try editions[editions.count - 1].walk(json: Data(json.utf8)))
    }
    return editions
}

/// Trust list, catalogue and index, as far as they are there.
private func installDocuments(
    of members: Members, into scanner: OneCodeScanner, _ now: Int64
) throws {
    let installs = [
        ("trust_list", scanner.installTrustList), ("catalogue", scanner.installCatalogue),
        ("index", scanner.installIndex),
    ]
    for (kind, install) in installs {
        if let json = members[kind] as? String { try install(Data(json.utf8), now) }
    }
}

/// What a scanner of a vector begins with.
private struct Lists {
    let lists: Members
    let policy: Policy

    init(_ document: Members, _ vector: Members) throws {
        lists = try listsOf(document, vector)
        policy = Policy(
            toleranceS: Int32(try int(vector["tolerance_s"])),
            acceptSpecimens: try XCTUnwrap(vector["accept_specimens"] as? Bool),
            withoutStatusLists: lists["without_status_lists"] as? Bool ?? false)
    }

    func scanner() throws -> OneCodeScanner {
        let scanner = try OneCodeScanner(roots: rootsOf(lists), policy: policy)
        try install(into: scanner)
        return scanner
    }

    func install(into scanner: OneCodeScanner) throws {
        let now = try int(lists["installed_at_unix_s"])
        for json in lists["walked"] as? [String] ?? [] {
            try scanner.installRoots(json: Data(json.utf8))
        }
        try installDocuments(of: lists, into: scanner, now)
        for list in try XCTUnwrap(lists["status"] as? [String]) {
            try scanner.installStatus(cwt: bytes(list), nowUnixS: now)
        }
        for list in lists["damaged"] as? [String] ?? [] {
            XCTAssertThrowsError(try scanner.installStatus(cwt: bytes(list), nowUnixS: now)) {
                XCTAssert($0 is InstallError)
            }
        }
        // After the lists: a status list by a key that they withdraw is in force already.
        for json in lists["withdrawals"] as? [String] ?? [] {
            try scanner.installWithdrawal(json: Data(json.utf8), nowUnixS: now)
        }
    }
}

/// A store of the host that is out of order.
private final class FailingStore: DuplicateStore {
    func record(codeUse: CodeUse) throws -> Earlier { throw HostError.Unavailable }
}

/// The scanners of a vector that has steps, by name. Each begins with the lists of the vector.
private final class Scanners {
    private let lists: Lists
    private let venueKey: Data
    private var scanners: [String: OneCodeScanner] = [:]

    init(_ document: Members, _ vector: Members) throws {
        lists = try Lists(document, vector)
        venueKey = try bytes(try XCTUnwrap(document["venue_key"] as? String))
    }

    private func named(_ name: Any?) throws -> OneCodeScanner {
        let name = try XCTUnwrap(name as? String)
        let scanner = try scanners[name] ?? lists.scanner()
        scanners[name] = scanner
        return scanner
    }

    /// Does one step and tells what came of it: what stands in its `expected`.
    func does(_ step: Members) throws -> Any {
        let scanner = try named(step["scanner"])
        let now = { try int(step["now_unix_s"]) }
        switch step["do"] as? String {
        case "scan":
            return try scan(step, scanner)
        case "install":
            return ["taken": try taken(by: scanner, step, now())]
        case "begin_anew":
            try scanner.beginAnew(roots: rootsOf(step))
            return NSNull()
        case "restart":
            let again = try OneCodeScanner.restore(
                snapshot: scanner.snapshot(), policy: lists.policy)
            if try XCTUnwrap(step["install_lists"] as? Bool) { try lists.install(into: again) }
            scanners[try XCTUnwrap(step["scanner"] as? String)] = again
            return NSNull()
        case "reinstall":
            let lists = try XCTUnwrap(step["status"] as? [String]).map(bytes)
            do {
                try scanner.installStatuses(listsAndDeltas: lists, nowUnixS: now())
                return ["taken": true]
            } catch is InstallError {
                return ["taken": false]
            }
        case "duplicate_capacity":
            try scanner.setDuplicateCapacity(entries: int(step["entries"]))
            return NSNull()
        case "failing_store":
            try scanner.setDuplicateStore(store: FailingStore())
            return NSNull()
        case "merge":
            let summaries = try named(step["from"]).duplicatesSummaries(
                venueKey: venueKey, nowUnixS: now())
            return try merged(summaries, into: scanner, now())
        case "merge_summary":
            let summary = try bytes(try XCTUnwrap(step["summary"] as? String))
            return try merged([summary], into: scanner, now())
        case "expect_challenge":
            let challenge = try bytes(try XCTUnwrap(step["challenge"] as? String))
            do {
                try scanner.expectChallenge(
                    challenge: challenge, expiresUnixS: int(step["expires_unix_s"]),
                    nowUnixS: now())
                return ["open": true]
            } catch is ChallengeError {
                return ["open": false]
            }
        case "preflight":
            let preflight = try scanner.preflight(nowUnixS: now())
            return ["applications": preflight.applications.map(members)]
        default:
            throw VectorError.unknown("no step is called \(step["do"] ?? "?")")
        }
    }

    private func taken(by scanner: OneCodeScanner, _ step: Members, _ now: Int64) throws -> Bool {
        do {
            try installDocuments(of: step, into: scanner, now)
            if let json = step["roots"] as? String {
                try scanner.installRoots(json: Data(json.utf8))
            }
            if let json = step["withdrawal"] as? String {
                try scanner.installWithdrawal(json: Data(json.utf8), nowUnixS: now)
            }
            if let list = step["status"] as? String {
                try scanner.installStatus(cwt: bytes(list), nowUnixS: now)
            }
            return true
        } catch is InstallError {
            return false
        }
    }

    private func merged(
        _ summaries: [Data], into scanner: OneCodeScanner, _ now: Int64
    ) throws -> Members {
        var (codes, cards): (Int64, Int64) = (0, 0)
        do {
            for summary in summaries {
                let merged = try scanner.mergeDuplicates(
                    summary: summary, venueKey: venueKey, nowUnixS: now)
                codes += merged.newCodes
                cards += merged.newCards
            }
        } catch is SummaryError {
            return ["taken": false]
        }
        return ["taken": true, "new_codes": codes, "new_cards": cards]
    }
}

/// Does what a vector says that is about one card or one text.
private func does(_ vector: Members) throws -> Members {
    let bytesOf = { (name: String) in try bytes(XCTUnwrap(vector[name] as? String)) }
    do {
        switch vector["do"] as? String {
        case "read_challenge":
            let text = try XCTUnwrap(vector["text"] as? String)
            return ["challenge": hex(try challengeFromText(text: text))]
        case "text_hash":
            let text = try XCTUnwrap(vector["text"] as? String)
            let hash = try receiptTextHash(
                text: text, application: Int32(int(vector["application"])),
                unixS: int(vector["time_unix_s"]))
            return ["text_hash": hex(hash)]
        case "pseudonym":
            let credential = try CardCredential.fromBytes(bytes: bytesOf("credential"))
            let card = try pseudonymOf(
                credential: credential, application: Int32(int(vector["application"])),
                unixS: int(vector["time_unix_s"]))
            return ["card": orNull(card)]
        default:
            throw VectorError.unknown("nothing is called \(vector["do"] ?? "?")")
        }
    } catch let error as ChallengeTextError {
        return ["problem": name(of: error)]
    }
}

private func scan(_ step: Members, _ scanner: OneCodeScanner) throws -> Members {
    let context = ScanContext(
        application: Int32(try int(step["application"])),
        place: Int32(try int(step["place"])),
        nowUnixS: try int(step["now_unix_s"]),
        challenge: try (step["challenge"] as? String).map(bytes))
    let text = try XCTUnwrap(step["text"] as? String)
    return members(of: try scanner.scan(text: text, context: context))
}

/// A verdict in the form in which vectors expect it.
func members(of verdict: Verdict) -> Members {
    switch verdict {
    case .accepted(let accepted):
        let bits = accepted.entitlements.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
        var found: Members = [
            "verdict": "accepted",
            "issuer": accepted.issuer.id,
            "region": accepted.region,
            "card": accepted.card,
            "entitlements": "0x" + String(bits, radix: 16),
            "age_s": accepted.ageS,
            "delegate": accepted.delegate,
            "specimen": accepted.specimen,
            "status": members(of: accepted.status),
            "advisories": accepted.advisories.map(caseName),
        ]
        let causes = accepted.advisories.compactMap { advisory in
            why(advisory).map { (caseName(advisory), $0 as Any) }
        }
        for case .newerExists(let missing) in accepted.advisories {
            found["missing"] = missing.map(caseName)
        }
        if !causes.isEmpty { found["why"] = Members(uniqueKeysWithValues: causes) }
        return found
    case .refused(let refusal, let facts, let message):
        var found = Members()
        for fact in facts {
            switch fact.fact {
            case .number(let number): found[fact.name] = number
            case .text(let text): found[fact.name] = text
            }
        }
        // The causes have the names that the facts have: nothing fell through the binding.
        XCTAssertEqual(found["why"] as? String, why(refusal))
        return ["verdict": "refused", "number": message.number, "facts": found]
    case .handedOver(let kind):
        return ["verdict": "handed_over", "id": kind.id]
    }
}

private func members(of status: StatusAnswer) -> Members {
    switch status {
    case .valid(let asOfUnixS): ["valid_as_of_unix_s": asOfUnixS]
    case .unknown(let why): ["unknown": name(of: why), "since_unix_s": orNull(since(why))]
    }
}

func name(of why: UnknownStatus) -> String {
    switch why {
    case .noList: "none"
    case .oldList: "old"
    case .unreadable: "unreadable"
    case .withdrawn: "withdrawn"
    }
}

private func since(_ why: UnknownStatus) -> Int64? {
    switch why {
    case .noList: nil
    case .oldList(let time), .unreadable(let time), .withdrawn(let time): time
    }
}

/// Why something is not known, where that is what an advisory says.
private func why(_ advisory: Advisory) -> String? {
    switch advisory {
    case .statusUnknown(let why): name(of: why)
    case .duplicatesUnchecked(let why): caseName(why)
    default: nil
    }
}

private func why(_ refusal: Refusal) -> String? {
    switch refusal {
    case .statusUnknown(let why): name(of: why)
    case .duplicatesUnavailable(let why): caseName(why)
    default: nil
    }
}

private func members(of outlook: Outlook) -> Members {
    [
        "application": outlook.application,
        "works_until_unix_s": time(outlook.worksUntil),
        "endings": outlook.endings.map { ending in
            [
                "until_unix_s": time(ending.until),
                "reason": caseName(ending.reason),
                "number": ending.number,
                "issuer": orNull(ending.issuer),
                "refuses": ending.refuses,
            ]
        },
    ]
}

func orNull(_ value: Any?) -> Any { value ?? NSNull() }

/// A time that does not exist is null.
private func time(_ until: Until) -> Any {
    if case .second(let unixS) = until { unixS } else { NSNull() }
}

/// The name of an enum's case in snake case, without what is in it.
func caseName<E>(_ value: E) -> String {
    "\(value)".prefix { $0 != "(" }.reduce(into: "") { name, letter in
        name += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)"
    }
}

// Errors say what is wrong, and not what their case is called.

private func name(of error: ChallengeTextError) -> String {
    switch error {
    case .Length: "length"
    case .Character: "character"
    case .NotBase45: "not_base45"
    }
}

func int(_ value: Any?) throws -> Int64 {
    try XCTUnwrap(value as? NSNumber).int64Value
}

func hex(_ bytes: Data) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
}

func bytes(_ hex: String) throws -> Data {
    let digits = Array(hex.utf8)
    return Data(
        try stride(from: 0, to: digits.count, by: 2).map {
            let pair = String(decoding: digits[$0..<$0 + 2], as: UTF8.self)
            return try XCTUnwrap(UInt8(pair, radix: 16))
        })
}
