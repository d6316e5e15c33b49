// The vectors about fetching: what a fetcher asks publications for, and what its scanner then has.

import Foundation
import XCTest

@testable import OneCode

/// Visits publications one after the other with one scanner, as a vector of `publishing.json` says.
func fetchVector(_ document: Members, _ vector: Members) throws -> [Members] {
    let files = try XCTUnwrap(document["files"] as? [String: String])
    let roots: Roots
    if let hash = vector["roots_hash"] as? String {
        roots = try Roots.fromHash(hash: hash)
    } else {
        roots = try Roots.fromEdition(json: content("roots 1", files))
    }
    let purposes: [String: FetchPurpose] = ["now": .now, "keep": .keep, "mirror": .mirror]
    let purpose = try XCTUnwrap(purposes[vector["purpose"] as? String ?? ""])
    let fetcher = try Fetcher(roots, purpose, files)
    return try XCTUnwrap(vector["visits"] as? [Members]).map(fetcher.visit)
}

private func content(_ name: String, _ files: [String: String]) throws -> Data {
    let content = try XCTUnwrap(files[name], name)
    return try name.contains("cwt") ? bytes(content) : Data(content.utf8)
}

private final class Fetcher {
    let scanner: OneCodeScanner
    let purpose: FetchPurpose
    let files: [String: String]
    var store: [String: Data] = [:]
    var anchors: [String: [Int64]] = [:]

    init(_ roots: Roots, _ purpose: FetchPurpose, _ files: [String: String]) throws {
        scanner = try OneCodeScanner(roots: roots, policy: Policy())
        (self.purpose, self.files) = (purpose, files)
    }

    func visit(_ visit: Members) throws -> Members {
        let now = Int64(try XCTUnwrap(visit["now_unix_s"] as? Int))
        let served = try XCTUnwrap(visit["files"] as? [String: String])
        for path in visit["damaged"] as? [String] ?? [] { store[path] = Data("damaged".utf8) }
        let fetch = try Fetch(purpose: purpose, nowUnixS: now)
        var asked: [String] = []
        var later: Set<String> = []
        while let step = try fetch.step(scanner: scanner, anchors: anchors) {
            switch step {
            case .install(let paths):
                let bytes = try paths.map { try XCTUnwrap(store[$0]) }
                // What is not taken is among the problems.
                try? fetch.install(scanner: scanner, files: bytes)
            case .get(let wanted):
                let path = wanted.path
                if let kept = store[path], wanted.mayBeKept, !wanted.isRewritten {
                    _ = try fetch.answer(answer: .kept(bytes: kept))
                    continue
                }
                asked.append(path)
                if wanted.later { later.insert(path) }
                guard let name = served[path] else {
                    _ = try fetch.answer(answer: .missing)
                    continue
                }
                let bytes = try content(name, files)
                if try fetch.answer(answer: .fetched(bytes: bytes)) { store[path] = bytes }
            }
        }
        var told = try told(fetch, now)
        (told["asked"], told["later"]) = (asked, later.sorted())
        return told
    }

    private func told(_ fetch: Fetch, _ now: Int64) throws -> Members {
        let ready = try scanner.preflight(nowUnixS: now)
        var kept: Members = [:]
        for issuer in ready.status.map(\.issuer) where purpose != .now {
            let status = try fetch.statusToKeep(
                issuer: issuer, scanner: scanner, anchors: anchors)
            guard let status else { continue }
            anchors[issuer] = status.anchors
            kept[issuer] = status.anchors.map(Int.init)
        }
        func orNull(_ number: Int64?) -> Any { number.map { Int($0) as Any } ?? NSNull() }
        let status = ready.status.map { ($0.issuer, orNull($0.oldestUnixS)) }
        return [
            "problems": try fetch.problems().map { [$0.path, $0.name] },
            "roots": orNull(ready.roots?.sequence),
            "trust_list": orNull(ready.trustList?.sequence),
            "catalogue": orNull(ready.catalogue?.sequence),
            "status": Dictionary(uniqueKeysWithValues: status),
            "kept": kept,
        ]
    }
}
