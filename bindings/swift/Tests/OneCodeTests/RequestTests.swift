// From a phone to its issuer and back.

import Foundation
import XCTest

@testable import OneCode

final class RequestTests: XCTestCase {
    private let now: Int64 = 1_795_392_000

    func testACardMovesToANewPhoneByTwoScans() throws {
        let issuer = try generateKey(algorithm: .esp256).key
        let old = try generateKey(algorithm: .esp256).key
        let new = try generateKey(algorithm: .esp256).key
        let card = try CardCredential.issue(
            claims: CardClaims(
                region: 310_000, statusIndex: 7, entitlements: [0], maxWindowS: 60,
                expiresUnixS: now + 30 * 86_400, confirmedUnixS: now,
                holderKey: old.publicKey()),
            issuer: issuer)
        let secret = try ChallengeKey(key: Data(repeating: 7, count: 32))
        let counter = HandedTo.counter(number: 12)
        let challenge = try secret.challenge(
            handedTo: counter, fromUnixS: now, untilUnixS: now + 86_400,
            random: Data(repeating: 1, count: 12))
        XCTAssertEqual(try unverifiedCounter(challenge: challenge), 12)
        let prepared = try PreparedCardRequest(
            claims: CardRequestClaims(
                issuedAtUnixS: now, key: new.publicKey(), challenge: challenge,
                replaces: Replaces(reason: .move)))
        let request = try prepared.attach(
            signature: new.sign(message: prepared.toBeSigned().message))

        let question = try MoveQuestion.read(text: request.text(), card: card, nowUnixS: now + 20)
        XCTAssert(question.words().zh.hasPrefix("把这张卡转到另一部手机？"))
        let session = try CodeSession(credential: card, key: old)
        let answer = try session.consent(nowUnixS: now + 25, consent: question.agree())
        XCTAssertEqual(try request.readAnswer(text: answer.text).statusIndex, 7)

        let received = try ReceivedCardRequest.fromText(text: request.text())
        let open = try secret.open(challenge: challenge, handedTo: counter)
        let verified = try received.verify(challenge: open, nowUnixS: now + 40)
        let move = try VerifiedMove.verify(
            request: verified, codeText: answer.text, issuerKeys: [issuer.publicKey()],
            nowUnixS: now + 40)
        var position = PositionOnRecord(
            card: move.card(), status: .valid, key: try old.publicKey(), movedUnixS: [],
            samePerson: true)
        XCTAssertEqual(try move.admit(position: position, nowUnixS: now + 40), .move)
        position = PositionOnRecord(
            card: move.card(), status: .valid, key: try new.publicKey(), movedUnixS: [now],
            samePerson: true)
        XCTAssertEqual(try move.admit(position: position, nowUnixS: now + 50), .alreadyMoved)

        let collect = try ReceivedCollectRequest.fromBytes(
            bytes: verified.collect(nowUnixS: now + 60, key: new))
        XCTAssertEqual(collect.requestName(), verified.name())
        XCTAssertNoThrow(try collect.verify(key: new.publicKey(), nowUnixS: now + 60))
        XCTAssertThrowsError(try request.readAnswer(text: request.text())) {
            guard case RequestRefusal.Refused(808, "not_an_answer", nil, _) = $0 else {
                return XCTFail("\($0)")
            }
        }
        let due = try renewalDueUnixS(card: card.claims())
        XCTAssert((now + 16 * 3_600..<now + 24 * 3_600).contains(due))
        XCTAssert((450...900).contains(retryWaitS(failed: 1, random: .min)))
    }
}
