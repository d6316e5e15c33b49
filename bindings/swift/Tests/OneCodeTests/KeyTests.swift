// What a key of the host can do wrong, and what becomes of it.

import Foundation
import XCTest

@testable import OneCode

final class KeyTests: XCTestCase {
    private func key(
        _ world: World, _ answer: @escaping @Sendable (Data) throws -> EncodedSignature
    ) throws -> ScriptedKey {
        ScriptedKey(try world.phone.publicKey(), answer: answer)
    }

    private func refusesToMake(
        _ expected: SigningError, file: StaticString = #filePath, line: UInt = #line,
        _ answer: @escaping @Sendable (Data) throws -> EncodedSignature
    ) throws {
        let world = try World()
        let session = try world.session(key(world, answer))
        expect(MakeCodeError.Signing(signing: expected), file: file, line: line) {
            try session.code(nowUnixS: World.now)
        }
    }

    func testRawAndDerAreBothTaken() throws {
        let world = try World()
        let raw = try key(world) { [phone = world.phone] in try phone.sign(message: $0) }
        let der = try key(world) { [phone = world.phone] in
            guard case .raw(let bytes) = try phone.sign(message: $0) else {
                throw SigningError.Refused(reason: "a software key is expected to answer raw")
            }
            return .der(bytes: Self.der(bytes))
        }
        let scanner = try world.scanner()
        for key in [raw, der] {
            let code = try world.session(key).code(nowUnixS: World.now)
            guard
                case .accepted = try scanner.scan(text: code.text, context: World.context())
            else { return XCTFail("a code of this key is refused") }
        }
    }

    func testSignaturesThatAreNone() throws {
        try refusesToMake(.WrongLength(found: 0)) { _ in .raw(bytes: Data()) }
        try refusesToMake(.WrongLength(found: 63)) { _ in .raw(bytes: Data(count: 63)) }
        try refusesToMake(.WrongLength(found: 10_000_000)) { _ in
            .raw(bytes: Data(count: 10_000_000))
        }
        try refusesToMake(.OutOfRange) { _ in .raw(bytes: Data(count: 64)) }
        try refusesToMake(.OutOfRange) { _ in .raw(bytes: Data(repeating: 0xff, count: 64)) }
        try refusesToMake(.NotDer) { _ in .der(bytes: Data()) }
        try refusesToMake(.NotDer) { _ in .der(bytes: Data(repeating: 0x30, count: 70)) }
        try refusesToMake(.NotDer) { _ in .der(bytes: Data(count: 10_000_000)) }
    }

    func testErrorsOfAKeyComeBackAsTheyWere() throws {
        try refusesToMake(.Locked) { _ in throw SigningError.Locked }
        try refusesToMake(.Gone) { _ in throw SigningError.Gone }
        let refused = SigningError.Refused(reason: "why")
        try refusesToMake(refused) { _ in throw refused }
    }

    func testAnErrorOfAnotherKindIsARefusalWithoutItsText() throws {
        struct Secret: Error { let stack = "at /Users/somebody/KeyDriver.swift" }
        let world = try World()
        let session = try world.session(key(world) { _ in throw Secret() })
        XCTAssertThrowsError(try session.code(nowUnixS: World.now)) { error in
            guard case MakeCodeError.Signing(signing: .Refused(let reason)) = error else {
                return XCTFail("\(error)")
            }
            XCTAssertFalse(reason.contains("somebody"), reason)
            XCTAssertFalse("\(error) \(error.localizedDescription)".contains("somebody"))
        }
    }

    func testAFailedSignatureUsesUpNoSecond() throws {
        let world = try World()
        let answers = Counter()
        let session = try world.session(
            key(world) { [phone = world.phone] in
                if answers.next() == 1 { throw SigningError.Locked }
                return try phone.sign(message: $0)
            })
        XCTAssertThrowsError(try session.code(nowUnixS: World.now))
        let code = try session.code(nowUnixS: World.now)
        XCTAssertEqual(code.schedule.shownFromUnixS, World.now)
    }

    func testAKeyThatCallsItsOwnSessionGetsAnError() throws {
        let world = try World()
        let box = Box<CodeSession>()
        let key = try key(world) { [phone = world.phone] in
            expect(MakeCodeError.Usage(usage: .Reentrant)) {
                try box.value?.code(nowUnixS: World.now + 1) as Any
            }
            return try phone.sign(message: $0)
        }
        let session = try world.session(key)
        box.value = session
        XCTAssertEqual(try session.code(nowUnixS: World.now).schedule.shownFromUnixS, World.now)
        box.value = nil
    }

    func testAnotherKeyThanTheCardsMakesNoCode() throws {
        let world = try World()
        let other = try generateKey(algorithm: .esp256).key
        expect(MakeCodeError.WrongKey) { try CodeSession(credential: world.card(), key: other) }
    }

    func testWhatAppleSaysInTheTermsOfTheCore() {
        let status = SigningError.statusDomain
        let authentication = SigningError.authenticationDomain
        for code in [-25_308, -25_293, -128] {
            XCTAssertEqual(SigningError(domain: status, code: code), .Locked)
        }
        for code in [-1, -2, -3, -4, -8, -9, -1_004] {
            XCTAssertEqual(SigningError(domain: authentication, code: code), .Locked)
        }
        XCTAssertEqual(SigningError(domain: status, code: -25_300), .Gone)
        XCTAssertEqual(
            SigningError(domain: status, code: -50),
            .Refused(reason: "NSOSStatusErrorDomain -50"))
        XCTAssertEqual(
            SigningError(domain: "CryptoTokenKit", code: -3), .Refused(reason: "CryptoTokenKit -3"))
    }

    func testWhatAnErrorMeansIsSaidByItsCause() {
        func error(_ domain: String, _ code: Int, _ text: String? = nil, cause: NSError? = nil) -> NSError {
            var info: [String: Any] = [:]
            info[NSDebugDescriptionErrorKey] = text
            info[NSUnderlyingErrorKey] = cause
            return NSError(domain: domain, code: code, userInfo: info)
        }
        let status = SigningError.statusDomain
        func token(_ cause: NSError?) -> SigningError {
            SigningError(error("CryptoTokenKit", -3, "setoken: unable to sign", cause: cause))
        }
        XCTAssertEqual(token(error(SigningError.authenticationDomain, -2)), .Locked)
        XCTAssertEqual(token(error("AKSError", -7, cause: error(status, -25_308))), .Locked)
        XCTAssertEqual(token(error(status, -25_300)), .Gone)
        XCTAssertEqual(
            token(error("AKSError", -536_870_174, cause: error(status, -50, "bad parameter"))),
            .Refused(
                reason: "CryptoTokenKit -3: setoken: unable to sign; caused by AKSError -536870174; "
                    + "caused by NSOSStatusErrorDomain -50: bad parameter"))
        XCTAssertEqual(token(nil), .Refused(reason: "CryptoTokenKit -3: setoken: unable to sign"))
        XCTAssertEqual(SigningError(error(status, -50)), .Refused(reason: "NSOSStatusErrorDomain -50"))
    }

    func testAKeyThatSignsWronglyIsFoundAtTheFirstCode() throws {
        let world = try World()
        let (phone, other) = (world.phone, try generateKey(algorithm: .esp256).key)
        try refusesToMake(.DoesNotHold) { try other.sign(message: $0) }
        try refusesToMake(.DoesNotHold) { [phone] in try phone.sign(message: $0 + [0]) }
        // Once, and again for another object that stands for the key of a card in a wallet.
        let answers = Counter()
        let key = try key(world) { try phone.sign(message: answers.next() == 1 ? $0 : $0 + [0]) }
        let wallet = Wallet()
        _ = try wallet.add(credential: world.card(), keyAlias: "key", label: "card")
        let card = try XCTUnwrap(wallet.cards().first).id
        let session = try wallet.session(card: card, key: key)
        _ = try session.code(nowUnixS: World.now)
        _ = try session.code(nowUnixS: World.now + 1)
        let again = try wallet.session(card: card, key: key)
        expect(MakeCodeError.Signing(signing: .DoesNotHold)) {
            try again.code(nowUnixS: World.now + 2)
        }
    }

    /// `SEQUENCE { r INTEGER, s INTEGER }`.
    private static func der(_ raw: Data) -> Data {
        func integer(_ number: Data) -> Data {
            var digits = Data(number.drop { $0 == 0 })
            if digits[digits.startIndex] >= 0x80 { digits.insert(0, at: digits.startIndex) }
            return Data([0x02, UInt8(digits.count)]) + digits
        }
        let body = integer(raw.prefix(32)) + integer(raw.suffix(32))
        return Data([0x30, UInt8(body.count)]) + body
    }
}

/// Counts from 1, on any thread.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
        lock.lock()
        defer { lock.unlock() }
        count += 1
        return count
    }

    var value: Int {
        lock.lock()
        defer { lock.unlock() }
        return count
    }
}

/// Holds what is known later.
final class Box<T>: @unchecked Sendable {
    var value: T?
}
