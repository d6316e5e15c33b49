// The vectors of tests/vectors, which every language reads: the same verdict, number and facts.

import Foundation
import XCTest

@testable import OneCode

final class VectorTests: XCTestCase {
    func testAllVectorsGiveTheVerdictOfRust() throws {
        let directory = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().appendingPathComponent("../../../../tests/vectors")
            .standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        var held = 0
        for file in files.filter({ $0.hasSuffix(".json") }).sorted() {
            let data = try Data(contentsOf: directory.appendingPathComponent(file))
            let document = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? Members)
            // The vectors of the standard for status lists are of another kind.
            guard let vectors = document["vectors"] as? [Members] else { continue }
            for vector in vectors {
                let name = "\(file): \(vector["name"] ?? "?")"
                if let steps = vector["steps"] as? [Members] {
                    // Each scanner begins with the lists where a step names it first.
                    var scanners: [String: OneCodeScanner] = [:]
                    for (at, step) in steps.enumerated() {
                        let named = try XCTUnwrap(step["scanner"] as? String)
                        let scanner = try scanners[named] ?? scanner(document, vector)
                        scanners[named] = scanner
                        try hold(step, "\(name), step \(at)", does(step, scanner))
                    }
                } else {
                    try hold(vector, name, scan(vector, scanner(document, vector)))
                }
                held += 1
            }
        }
        XCTAssertGreaterThan(held, 600)
        print("Swift: \(held) vectors")
    }

    private enum VectorError: Error { case unknown(String) }

    private typealias Members = [String: Any]

    private func hold(_ vector: Members, _ name: String, _ found: Members) throws {
        let expected = NSDictionary(dictionary: try XCTUnwrap(vector["expected"] as? Members, name))
        XCTAssertEqual(NSDictionary(dictionary: found), expected, name)
    }

    private func does(_ step: Members, _ scanner: OneCodeScanner) throws -> Members {
        switch step["do"] as? String {
        case "scan": return try scan(step, scanner)
        case "install":
            let now = try int(step["now_unix_s"])
            do {
                if let jws = step["trust_list"] as? String {
                    try scanner.installTrustList(jws: Data(jws.utf8), nowUnixS: now)
                } else if let jws = step["catalogue"] as? String {
                    try scanner.installCatalogue(jws: Data(jws.utf8), nowUnixS: now)
                } else {
                    let list = try XCTUnwrap(step["status"] as? String)
                    try scanner.installStatus(cwt: bytes(list), nowUnixS: now)
                }
                return ["taken": true]
            } catch is InstallError {
                return ["taken": false]
            }
        default: throw VectorError.unknown("no step is called \(step["do"] ?? "?")")
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

    private func scanner(_ document: Members, _ vector: Members) throws -> OneCodeScanner {
        var lists = try XCTUnwrap(document["lists"] as? Members)
        if let name = vector["lists"] as? String {
            let sets = try XCTUnwrap(document["list_sets"] as? Members)
            lists.merge(try XCTUnwrap(sets[name] as? Members)) { _, set in set }
        }
        let policy = Policy(
            toleranceS: Int32(try int(vector["tolerance_s"])),
            acceptSpecimens: try XCTUnwrap(vector["accept_specimens"] as? Bool))
        let roots = try XCTUnwrap(lists["roots"] as? [String]).map(PublicKey.fromJwk)
        let scanner = try OneCodeScanner(roots: roots, policy: policy)
        let now = try int(lists["installed_at_unix_s"])
        if let jws = lists["trust_list"] as? String {
            try scanner.installTrustList(jws: Data(jws.utf8), nowUnixS: now)
        }
        if let jws = lists["catalogue"] as? String {
            try scanner.installCatalogue(jws: Data(jws.utf8), nowUnixS: now)
        }
        for list in try XCTUnwrap(lists["status"] as? [String]) {
            try scanner.installStatus(cwt: bytes(list), nowUnixS: now)
        }
        for list in lists["damaged"] as? [String] ?? [] {
            XCTAssertThrowsError(try scanner.installStatus(cwt: bytes(list), nowUnixS: now)) {
                XCTAssert($0 is InstallError)
            }
        }
        return scanner
    }

    /// A verdict in the form in which vectors expect it.
    private func members(of verdict: Verdict) -> Members {
        switch verdict {
        case .accepted(let accepted):
            let bits = accepted.entitlements.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
            return [
                "verdict": "accepted",
                "issuer": accepted.issuer.id,
                "region": accepted.region,
                "card": accepted.card,
                "entitlements": "0x" + String(bits, radix: 16),
                "age_s": accepted.ageS,
                "delegate": accepted.delegate,
                "specimen": accepted.specimen,
                "status": members(of: accepted.status),
                "advisories": accepted.advisories.map(name),
            ]
        case .refused(refusal: _, let facts, let message):
            var found = Members()
            for fact in facts {
                switch fact.fact {
                case .number(let number): found[fact.name] = number
                case .text(let text): found[fact.name] = text
                }
            }
            return ["verdict": "refused", "number": message.number, "facts": found]
        case .handedOver(let kind):
            return ["verdict": "handed_over", "id": kind.id]
        }
    }

    private func members(of status: StatusAnswer) -> Members {
        switch status {
        case .valid(let asOfUnixS): ["valid_as_of_unix_s": asOfUnixS]
        case .unknown(.noList): ["unknown": "none", "since_unix_s": NSNull()]
        case .unknown(.oldList(let time)): ["unknown": "old", "since_unix_s": time]
        case .unknown(.unreadable(let time)): ["unknown": "unreadable", "since_unix_s": time]
        }
    }

    /// Its name is that of the case, in snake case.
    private func name(of advisory: Advisory) -> String {
        if case .other(let name) = advisory { return name }
        return "\(advisory)".prefix { $0 != "(" }.reduce(into: "") { name, letter in
            name += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)"
        }
    }

    private func int(_ value: Any?) throws -> Int64 {
        try XCTUnwrap(value as? NSNumber).int64Value
    }

    private func bytes(_ hex: String) throws -> Data {
        let digits = Array(hex.utf8)
        return Data(
            try stride(from: 0, to: digits.count, by: 2).map {
                let pair = String(decoding: digits[$0..<$0 + 2], as: UTF8.self)
                return try XCTUnwrap(UInt8(pair, radix: 16))
            })
    }
}
