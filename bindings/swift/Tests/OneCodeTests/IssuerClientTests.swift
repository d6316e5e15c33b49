// The client at the running service: what phones do there, and what they are told.

import Foundation
import XCTest

@testable import OneCode

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Changes what a client sends, as a broken app or somebody in between would.
private struct Changed: HttpExchange {
    let change: @Sendable (inout [String: Any]) -> Void

    func exchange(_ call: IssuerCall, bearer: String?) async throws -> IssuerAnswer {
        var body = call.body
        if !call.url.hasSuffix("/nonce"), let sent = body,
            var members = try JSONSerialization.jsonObject(with: sent) as? [String: Any]
        {
            change(&members)
            body = try JSONSerialization.data(withJSONObject: members)
        }
        let changed = IssuerCall(
            method: call.method, url: call.url, contentType: call.contentType, body: body,
            withToken: call.withToken)
        return try await URLSessionExchange().exchange(changed, bearer: bearer)
    }
}

/// Answers without a network.
private struct Answering: HttpExchange {
    let answer: IssuerAnswer

    func exchange(_ call: IssuerCall, bearer: String?) async throws -> IssuerAnswer { answer }
}

private struct Off: CodeClock {
    let seconds: Int64

    func nowUnixMs() -> Int64 { DeviceClock().nowUnixMs() + seconds * 1_000 }
    func sleep(ms: Int64) async throws {}
}

final class IssuerClientTests: XCTestCase {
    private func phoneKey() throws -> any DeviceKey { try generateKey(algorithm: .esp256).key }

    private var now: Int64 { DeviceClock().nowUnixMs() / 1_000 }

    private func problem(_ call: () async throws -> Void) async -> IssuerProblem? {
        do {
            try await call()
            XCTFail("nothing was thrown")
        } catch IssuerError.Problem(let problem, _) {
            return problem
        } catch {
            XCTFail("\(error)")
        }
        return nil
    }

    private func expect(
        _ number: Int32, line: UInt = #line, _ call: () async throws -> Void
    ) async {
        let told = await problem(call)
        XCTAssertEqual(told?.number, number, "\(told as Any)", line: line)
    }

    private func agree(
        _ request: CardRequest, with session: CodeSession
    ) throws -> String {
        let question = try MoveQuestion.read(
            text: request.text(), card: session.credential(), nowUnixS: now)
        return try session.consent(nowUnixS: now, consent: question.agree()).text
    }

    func testAHolderAppliesAndThePhoneRenews() async throws {
        let service = try TestService()
        let code = try await service.grant("holder 1")
        let client = try service.client("holder 1")
        let key = try phoneKey()
        let issued = try await client.enrol(key: key)
        XCTAssertTrue(issued.credential.verify(issuerKey: try service.issuer.publicKey()))
        let session = try CodeSession(credential: issued.credential, key: key)
        XCTAssertTrue(try session.code(nowUnixS: now).text.hasPrefix("OC1:"))
        XCTAssertFalse(try client.isRenewalDue(issued.credential))
        let tomorrow = try service.client("holder 1", clock: Off(seconds: 86_400))
        XCTAssertTrue(try tomorrow.isRenewalDue(issued.credential))

        let place = issued.credential.claims().statusIndex
        let renewed = try await client.renew(key: key, next: issued.nextChallenge)
        XCTAssertEqual(renewed.credential.claims().statusIndex, place)
        // Used before, so the client asks for another; and without any.
        _ = try await client.renew(key: key, next: issued.nextChallenge)
        _ = try await client.renew(key: key)

        let token = try await client.token(forCode: code)
        let atCounter = try IssuerClient(baseURL: service.url) { token.token }
        let second = try phoneKey()
        let request = try await CardRequest.make(
            claims: CardRequestClaims(
                issuedAtUnixS: now, key: second.publicKey(),
                challenge: atCounter.challenge().challenge),
            key: second)
        let sent = try IssuerService(baseUrl: service.url).credential(request: request)
        _ = try await URLSessionExchange().exchange(sent, bearer: token.token)
        let collected = try await client.collect(request, key: second)
        XCTAssertEqual(collected.credential.claims().holderKey, try second.publicKey())
        await expect(946) { _ = try await client.token(forCode: "no such code") }
        await expect(944) { _ = try await atCounter.cards() }

        let cards = try await client.cards()
        XCTAssertEqual(cards.map(\.reference), ["holder 1"])
        let phones = try [key, second].map { try $0.publicKey().thumbprint() }
        XCTAssertEqual(Set(cards.flatMap(\.phones).map(\.phone)), Set(phones))
        let after = try await client.reportLost(card: "holder 1", phone: phones[1])
        XCTAssertEqual(after.phones.first { $0.phone == phones[1] }?.state, .revoked)
        let suspended = try await client.reportLost(card: "holder 1")
        XCTAssertEqual(suspended.state, .suspended)
        await expect(918) { _ = try await client.renew(key: key) }
        await expect(919) { _ = try await client.renew(key: second) }
    }

    func testACardMovesToANewPhoneByTwoScans() async throws {
        let service = try TestService()
        try await service.grant("mover")
        let (client, other) = (try service.client("mover"), try service.client("another"))
        let (old, new) = (try phoneKey(), try phoneKey())
        let issued = try await client.enrol(key: old)
        let session = try CodeSession(credential: issued.credential, key: old)

        let asked = try await other.beginMove(key: new)
        let given = try agree(asked, with: session)
        await expect(922) { _ = try await other.finishMove(asked, key: new, consent: given) }
        let request = try await client.beginMove(key: new)
        do {
            _ = try await client.finishMove(request, key: new, consent: request.text())
            XCTFail("no consent")
        } catch RequestRefusal.Refused(let number, _, _, _) {
            XCTAssertEqual(number, 808)
        }
        let consent = try agree(request, with: session)
        for (number, text) in [(912, "OC1:"), (913, try agree(await client.beginMove(key: try phoneKey()), with: session))] {
            let broken = try service.client("mover", exchange: Changed { $0["consent"] = text })
            await expect(Int32(number)) {
                _ = try await broken.finishMove(request, key: new, consent: consent)
            }
        }
        let moved = try await client.finishMove(request, key: new, consent: consent)
        XCTAssertEqual(
            moved.credential.claims().statusIndex, issued.credential.claims().statusIndex)
        await expect(921) { _ = try await client.renew(key: old) }
    }

    func testWhatIsWrongIsToldWithWhatHelps() async throws {
        let roots = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../../service/roots/google.json").standardizedFileURL.path
        let service = try TestService(
            cards: "phones = 1",
            more: """
                [attestation]
                policy = "wanted"
                [attestation.android]
                roots = ['\(roots)']
                """)
        let client = try service.client("wrong")
        let none = await problem { _ = try await client.enrol(key: try self.phoneKey()) }
        XCTAssertEqual(none?.reason, Wording(zh: "没有这张卡。", en: "There is no such card."))
        XCTAssertEqual(none?.remedy, .tell)
        try await service.grant("wrong")
        try await service.grant("other")

        @Sendable func altered(
            _ attestation: Data? = nil, _ change: @escaping @Sendable (inout [String: Any]) -> Void
        ) async throws {
            let key = try generateKey(algorithm: .esp256).key
            let client = try service.client("wrong", exchange: Changed(change: change))
            _ = try await client.enrol(key: key, attestation: attestation)
        }
        await expect(901) { try await altered { $0["proofs"] = ["onecode_card_request": ["AAAA"]] } }
        await expect(931) { try await altered { $0["proofs"] = nil } }
        await expect(907) { try await altered(Data([1])) { $0["attestation"] = nil } }
        await expect(908) { try await altered(Data([1])) { $0["attestation"] = "AAAA" } }
        await expect(909) { try await altered(Data(count: 17_000)) { _ in } }
        await expect(932) { try await altered(Data(count: 60_000)) { _ in } }
        await expect(951) { try await altered(Data(count: 64)) { _ in } }
        let slow = try service.client("wrong", clock: Off(seconds: -3_600))
        await expect(906) { _ = try await slow.enrol(key: try self.phoneKey()) }

        let challenge = try await client.challenge()
        let others = try service.client("other")
        let key = try phoneKey()
        let foreign = await problem {
            _ = try await others.enrol(key: key, challenge: challenge)
        }
        XCTAssertEqual(foreign?.remedy, .newKey)
        _ = try await client.enrol(key: key, challenge: challenge)
        await expect(905) {
            _ = try await client.enrol(key: try self.phoneKey(), challenge: challenge)
        }
        await expect(956) { _ = try await client.enrol(key: try self.phoneKey()) }
        let used = await problem { _ = try await others.enrol(key: key) }
        XCTAssertEqual(used?.remedy, .newKey)
        await expect(958) { _ = try await client.renew(key: try self.phoneKey()) }
        await expect(955) { _ = try await client.reportLost(card: "../..") }
        let unknown = try phoneKey()
        let never = try await client.beginMove(key: unknown)
        await expect(924) { _ = try await client.collect(never, key: unknown) }

        for (number, token) in [(941, "a.b.c"), (943, try await service.token("a", staff: true))] {
            let stranger = try IssuerClient(baseURL: service.url) { token }
            let told = await problem { _ = try await stranger.cards() }
            XCTAssertEqual(told?.number, Int32(number))
            XCTAssertEqual(told?.remedy, .signIn)
        }
    }

    func testWhoAsksTooOftenIsToldWhenToComeBack() async throws {
        let service = try TestService(limits: "per_minute = 3")
        let client = try service.client("often")
        let told = await problem { for _ in 0..<9 { _ = try await client.cards() } }
        XCTAssertEqual(told?.number, 960)
        let after = try XCTUnwrap(told?.retryAfterS)
        let error = IssuerError.Problem(problem: try XCTUnwrap(told), description: "")
        let wait = try XCTUnwrap(client.retryWait(failed: 1, after: error))
        XCTAssertTrue((after...after * 2).contains(wait), "\(wait) after \(after)")
    }

    func testAnswersOfOthersThanTheServiceAreTold() async throws {
        func met(_ status: Int32, _ body: String) async -> (any Error)? {
            let answer = IssuerAnswer(
                status: status, retryAfter: "90", body: Data(body.utf8))
            do {
                let client = try IssuerClient(
                    baseURL: "https://cards.example", exchange: Answering(answer: answer)
                ) { "token" }
                _ = try await client.cards()
                return nil
            } catch { return error }
        }
        guard case IssuerError.Problem(let proxy, _)? = await met(502, "<html>") else {
            return XCTFail("no problem")
        }
        XCTAssertNil(proxy.number)
        XCTAssertEqual(proxy.remedy, .tryLater)
        XCTAssertEqual(proxy.retryAfterS, 90)
        guard case IssuerError.Form? = await met(200, "{}") else { return XCTFail("no form") }
        let large = String(repeating: " ", count: Int(maxIssuerAnswer()) + 1)
        guard case IssuerError.TooLarge? = await met(200, large) else { return XCTFail("large") }

        let nobody = try IssuerClient(baseURL: "http://127.0.0.1:1") { "token" }
        do {
            _ = try await nobody.cards()
            XCTFail("nobody answers there")
        } catch {
            let waits = try (1...2).map { try XCTUnwrap(nobody.retryWait(failed: $0, after: error)) }
            XCTAssertLessThan(waits[0], waits[1])
        }
        for url in ["http://cards.example", "cards.example", "https://a@b", ""] {
            XCTAssertThrowsError(try IssuerClient(baseURL: url) { "" }) {
                XCTAssertEqual($0 as? ServiceUrlError, .NotAServiceUrl)
            }
        }
    }
}

extension IssuerClient {
    /// Both steps at once, as on a phone whose answers all arrive.
    fileprivate func enrol(
        key: any DeviceKey, challenge: IssuerChallenge? = nil, attestation: Data? = nil
    ) async throws -> IssuedCard {
        let request = try await beginEnrol(key: key, challenge: challenge, attestation: attestation)
        return try await finishEnrol(request, key: key, attestation: attestation)
    }
}
