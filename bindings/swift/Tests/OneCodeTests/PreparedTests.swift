// What is prepared here and signed by a key that answers whenever it likes.

import Foundation
import XCTest

@testable import OneCode

final class PreparedTests: XCTestCase {
    func testACodeWhoseSignatureComesLaterIsTaken() throws {
        let world = try World()
        let session = PreparingSession(credential: try world.card())
        let never = try session.prepare(nowUnixS: World.now)
        let prepared = try session.prepare(nowUnixS: World.now)
        XCTAssertEqual(never.issuedAtUnixS(), World.now)
        XCTAssertEqual(prepared.issuedAtUnixS(), World.now)
        XCTAssertTrue(prepared.words().zh.contains("2026-11-23T00:00:00Z"), prepared.words().zh)

        let asked = prepared.toBeSigned()
        let digest = try XCTUnwrap(asked.digest)
        expect(MakeCodeError.Signing(signing: .HashedTwice)) {
            try session.attach(prepared: prepared, signature: world.phone.sign(message: digest))
        }
        let signature = try world.phone.sign(message: asked.message)
        let code = try session.attach(prepared: prepared, signature: signature)
        guard
            case .accepted = try world.scanner().scan(text: code.text, context: World.context())
        else { return XCTFail("a code that was prepared is refused") }

        expect(MakeCodeError.SecondTaken(unixS: World.now)) {
            let late = try world.phone.sign(message: never.toBeSigned().message)
            return try session.attach(prepared: never, signature: late)
        }
        XCTAssertEqual(try session.prepare(nowUnixS: World.now).issuedAtUnixS(), World.now + 1)
    }

    func testACredentialIsSignedInAnotherPlace() throws {
        let world = try World()
        let issuer = try world.issuer.publicKey()
        let prepared = try PreparedCredential(claims: world.card().claims(), issuer: issuer)
        XCTAssertTrue(prepared.words().en.contains("Home region: 310000"), prepared.words().en)
        let message = prepared.toBeSigned().message
        expect(SigningError.DoesNotHold) {
            try prepared.attach(signature: world.phone.sign(message: message))
        }
        let signature = try world.issuer.sign(message: message)
        XCTAssertTrue(try prepared.attach(signature: signature).verify(issuerKey: issuer))
        XCTAssertEqual(prepared.toBeSigned().digest, issuer.digest(message: message))
    }
}
