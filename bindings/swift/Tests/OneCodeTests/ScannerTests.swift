// The scanner as a Swift program uses it: from several tasks, with what comes in, for a long time.

import Foundation
import XCTest

@testable import OneCode

final class ScannerTests: XCTestCase {
    func testTasksShareAScanner() async throws {
        let world = try World()
        let scanner = try world.scanner()
        let session = try world.session()
        let good = try session.code(nowUnixS: World.now).text
        let bad = String(good.dropLast(3)) + "000"
        try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var accepted = 0
                    for round in 0..<250 {
                        let isGood = (task + round) % 2 == 0
                        let verdict = try scanner.scan(
                            text: isGood ? good : bad, context: World.context())
                        if case .accepted = verdict {
                            XCTAssert(isGood)
                            accepted += 1
                        }
                    }
                    return accepted
                }
            }
            let accepted = try await group.reduce(0, +)
            XCTAssertEqual(accepted, 500)
        }
    }

    func testTasksShareASession() async throws {
        let session = try World().session()
        let seconds = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try session.code(nowUnixS: World.now).schedule.shownFromUnixS
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        XCTAssertEqual(seconds, Set(World.now..<World.now + 6), "no second twice")
        expect(MakeCodeError.NoUnusedSecond(nowUnixS: World.now)) {
            try session.code(nowUnixS: World.now)
        }
    }

    func testTextsThatAreNoCodes() throws {
        let scanner = try World().scanner()
        let texts: [(String, Int32)] = [
            // Half a surrogate pair, as a string of Objective-C may have: Swift puts U+FFFD there.
            (String(decoding: [0x4F, 0x43, 0x31, 0x3A, 0xD83D], as: UTF16.self), 106),
            ("", 101), ("OC1:", 107), ("https://example.org/\u{0}", 103), ("\u{1F600}", 103),
            (String(repeating: "A", count: 5_000_000), 102), ("OC1:é", 106), ("oc1:aaa", 105),
        ]
        for (text, number) in texts {
            guard
                case .refused(refusal: _, facts: _, let message) =
                    try scanner.scan(text: text, context: World.context())
            else { return XCTFail("\(text.prefix(20)) is accepted") }
            XCTAssertEqual(message.number, number, "\(text.prefix(20))")
            XCTAssertFalse(message.reason.zh.isEmpty || message.reason.en.isEmpty)
        }
    }

    func testValuesThatCannotBe() throws {
        let world = try World()
        let scanner = try world.scanner()
        let text = try world.session().code(nowUnixS: World.now).text
        func scan(
            application: Int32 = 101, place: Int32 = 310_115, now: Int64 = World.now,
            challenge: Data? = nil
        ) throws -> Verdict {
            let context = ScanContext(
                application: application, place: place, nowUnixS: now, challenge: challenge)
            return try scanner.scan(text: text, context: context)
        }
        for application in [Int32.min, -1, 0, 65_536, .max] {
            expect(UsageError.Application(number: application)) {
                try scan(application: application)
            }
        }
        for place in [Int32.min, -1, 0, 31, 1_000_000, .max] {
            expect(UsageError.Region(code: place)) { try scan(place: place) }
        }
        for length in [0, 4, 16, 1_000_000] {
            expect(UsageError.Challenge(length: Int64(length))) {
                try scan(challenge: Data(count: length))
            }
        }
        for now in [Int64.min, -1, 0] {
            guard case .refused = try scan(now: now) else { return XCTFail("accepted at \(now)") }
        }
        for milliseconds in [World.now * 1_000, .max] {
            expect(UsageError.Time(unixS: milliseconds)) { try scan(now: milliseconds) }
        }
        let roots = Roots.fromKey(key: try world.operatorRoot.publicKey())
        for seconds in [Int32.min, -1, 65_536, .max] {
            expect(UsageError.Seconds(seconds: Int64(seconds))) {
                try OneCodeScanner(roots: roots, policy: Policy(toleranceS: seconds))
            }
        }
    }

    func testDocumentsThatAreNone() throws {
        let world = try World()
        let scanner = try world.scanner()
        let documents = [
            Data(), Data([0]), Data("a.b.c".utf8), Data(count: 20_000_000),
            Data(world.trustList.dropLast()), world.catalogue + world.catalogue,
        ]
        for document in documents {
            for install in [
                { json, _ in try scanner.installRoots(json: json) },
                scanner.installTrustList, scanner.installCatalogue, scanner.installWithdrawal,
                scanner.installIndex, { try scanner.installStatus(cwt: $0, nowUnixS: $1) },
            ] {
                XCTAssertThrowsError(try install(document, World.now)) {
                    XCTAssert($0 is InstallError, "\($0)")
                }
            }
        }
        // What was in force before still is.
        let text = try world.session().code(nowUnixS: World.now).text
        guard case .accepted = try scanner.scan(text: text, context: World.context()) else {
            return XCTFail("a failed install changed the scanner")
        }
    }

    func testKeysAndCardsThatAreNone() throws {
        for bytes in [Data(), Data(count: 33), Data(count: 65), Data(count: 1_000_000)] {
            for algorithm in [Algorithm.esp256, .sm2] {
                expect(KeyError.NotAKey) {
                    try PublicKey.fromBytes(algorithm: algorithm, bytes: bytes)
                }
            }
            expect(KeyError.NotPkcs8) { try softwareKey(pkcs8: bytes) }
            XCTAssertThrowsError(try CardCredential.fromBytes(bytes: bytes)) {
                XCTAssert($0 is CredentialError, "\($0)")
            }
        }
        expect(KeyError.NotAJwk) { try PublicKey.fromJwk(json: "") }
        XCTAssertThrowsError(try PublicKey.fromJwk(json: #"{"kty":"EC","crv":"P-256","x":"AA=="}"#)) {
            guard case KeyError.JwkNotBase64Url(let member, let problem) = $0 else { return XCTFail("\($0)") }
            XCTAssert(member == "x" && problem.contains("character 3"), problem)
        }
        let session = try World().session()
        for time in [Int64.min, -1, .max] {
            XCTAssertThrowsError(try session.code(nowUnixS: time)) {
                XCTAssert($0 is MakeCodeError, "\($0)")
            }
        }
        expect(MakeCodeError.Usage(usage: .Application(number: 0))) {
            try session.boundCode(nowUnixS: World.now, application: 0, challenge: nil)
        }
        expect(MakeCodeError.Usage(usage: .Challenge(length: 4))) {
            try session.boundCode(nowUnixS: World.now, application: nil, challenge: Data(count: 4))
        }
        expect(QrError.Empty) { try QrCode.draw(text: "") }
        XCTAssertThrowsError(try QrCode.draw(text: String(repeating: "A", count: 1_000_000))) {
            XCTAssert($0 is QrError)
        }
        let picture = try QrCode.draw(text: "OC1:")
        for px in [Int32.min, 0, 65, .max] {
            XCTAssertThrowsError(try picture.toPng(modulePx: px)) { XCTAssert($0 is QrError) }
        }
    }

    /// Each code is made by a key of the host, drawn, and scanned: every kind of object, buffer and
    /// callback that crosses the border does.
    func testMemoryStaysFlatOverTenThousandCodes() throws {
        let world = try World()
        let key = ScriptedKey(try world.phone.publicKey()) { [phone = world.phone] in
            try phone.sign(message: $0)
        }
        let session = try world.session(key)
        let scanner = try world.scanner()
        var second = World.now
        func codes(_ count: Int) throws {
            for _ in 0..<count {
                // On Apple's platforms, buffers wait for the pool of their thread to be drained.
                try autoreleased {
                    second += 1
                    let frame = try CodeFrame(session.code(nowUnixS: second))
                    XCTAssertGreaterThan(frame.modules.count, 0)
                    let verdict = try scanner.scan(
                        text: frame.code.text, context: World.context(second))
                    guard case .accepted = verdict else { return XCTFail("\(verdict)") }
                }
            }
        }
        // The scanner fills its own, bounded memories first.
        try codes(2_000)
        guard let before = residentKilobytes() else {
            return print("SKIPPED the memory's size: no /proc here")
        }
        try codes(10_000)
        let after = try XCTUnwrap(residentKilobytes())
        print("Swift: 10,000 codes made, drawn and scanned, \(after - before) kB more resident")
        XCTAssertLessThan(after - before, 2_000)
    }

    private func autoreleased(_ body: () throws -> Void) rethrows {
        #if canImport(ObjectiveC)
            try autoreleasepool(invoking: body)
        #else
            try body()
        #endif
    }

    private func residentKilobytes() -> Int? {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").compactMap { Int($0) }.first
    }
}
