// A phone at its issuer's service. What is sent, what an answer means and what to do about a problem
// is the core's; here is only the doing of it.

import Foundation

/// A phone at its issuer's service: it applies for a card, renews it, moves it, and reports it lost.
///
/// ```swift
/// let client = try IssuerClient(baseURL: "https://cards.example") { try await signIn() }
/// let request = try await client.beginEnrol(key: key)
/// let issued = try await client.finishEnrol(request, key: key)
/// ```
///
/// Each call throws ``IssuerError`` when the service says no, with the ``IssuerProblem`` to show, and
/// an error of the network when no answer came. Either way it can be made again, with the same request
/// where it takes one: the answer is then the same. The key signs off the main thread.
public struct IssuerClient: Sendable {
    private let service: IssuerService
    private let exchange: any HttpExchange
    private let clock: any CodeClock
    private let token: @Sendable () async throws -> String

    /// - Parameters:
    ///   - baseURL: The address of the service; `https`, or the own machine.
    ///   - exchange: The app's own HTTP, if it has one.
    ///   - clock: A clock that the phone's user does not set, such as ``ServerClock``.
    ///   - token: The holder's token as it is now, asked for each call that needs one.
    /// - Throws: ``ServiceUrlError`` when it is no such address.
    public init(
        baseURL: String,
        exchange: any HttpExchange = URLSessionExchange(),
        clock: any CodeClock = DeviceClock(),
        token: @escaping @Sendable () async throws -> String
    ) throws {
        service = try IssuerService(baseUrl: baseURL)
        self.exchange = exchange
        self.clock = clock
        self.token = token
    }

    /// A challenge, for a key that is attested with it. Without attestation ``beginEnrol`` and
    /// ``beginMove`` ask for one themselves.
    public func challenge() async throws -> IssuerChallenge {
        try readIssuerChallenge(answer: await send(service.challenge()), nowUnixS: nowUnixS)
    }

    /// A request for a card onto this phone, bound to `key`. Keep it (``CardRequest/toBytes()``) and the
    /// attestation until ``finishEnrol`` has brought the card: if an answer is lost, the same request
    /// gets the same card, and a new one for this key may get none.
    ///
    /// - Parameters:
    ///   - replaces: What the card takes the place of, after a loss.
    ///   - challenge: The one that `key` is attested with.
    ///   - attestation: The evidence for `key`, as docs/SERVICE.md has it.
    public func beginEnrol(
        key: any DeviceKey, replaces: Replaces? = nil, challenge: IssuerChallenge? = nil,
        attestation: Data? = nil
    ) async throws -> CardRequest {
        try await request(
            key, challenge: challenge, attestation: attestation, replaces: replaces)
    }

    /// The card for a request of ``beginEnrol``, and again after whatever failed. When its challenge has
    /// ended, what was issued for it is collected. A problem with ``Remedy/newKey`` ends it: begin anew
    /// with another key.
    ///
    /// - Parameters:
    ///   - card: The issuer's reference to the card, where the holder has several (``cards()``).
    ///   - attestation: That of ``beginEnrol``.
    public func finishEnrol(
        _ request: CardRequest, key: any DeviceKey, card: String? = nil, attestation: Data? = nil
    ) async throws -> IssuedCard {
        let call = service.credential(request: request, attestation: attestation, card: card)
        return try await answered(call, request, key)
    }

    /// Whether the credential is to be renewed, now that the phone is online.
    public func isRenewalDue(_ credential: CardCredential) throws -> Bool {
        nowUnixS >= (try renewalDueUnixS(card: credential.claims()))
    }

    /// A new credential for `key`. `next` is ``IssuedCard/nextChallenge`` of the last one.
    public func renew(key: any DeviceKey, next: IssuerChallenge? = nil) async throws -> IssuedCard {
        if let next, isChallengeGood(challenge: next, nowUnixS: nowUnixS) {
            do {
                return try await renewed(key, next)
            } catch IssuerError.Problem(let problem, _) where problem.remedy == .newChallenge {
            }
        }
        let call = service.renewalChallenge(key: try key.publicKey())
        let challenge = try readIssuerChallenge(answer: await send(call), nowUnixS: nowUnixS)
        return try await renewed(key, challenge)
    }

    /// The credential for a request that was handed in at a counter, signed by `key`.
    public func collect(_ request: CardRequest, key: any DeviceKey) async throws -> IssuedCard {
        try await collected(.collect, request, key)
    }

    /// The new phone begins a move: show the text of the request as a picture, for the old phone to
    /// scan. `card` is the card that shall move, if the phone knows which.
    public func beginMove(
        key: any DeviceKey, card: CardId? = nil, challenge: IssuerChallenge? = nil,
        attestation: Data? = nil
    ) async throws -> CardRequest {
        try await request(
            key, challenge: challenge, attestation: attestation,
            replaces: Replaces(reason: .move, card: card))
    }

    /// The new phone ends it: `consent` is what it has scanned from the old one
    /// (``CodeSession/consent(nowUnixS:consent:)``). Again after whatever failed, as ``finishEnrol``.
    ///
    /// - Throws: ``RequestRefusal`` when the scanned text is no consent to this request.
    public func finishMove(
        _ request: CardRequest, key: any DeviceKey, consent: String, attestation: Data? = nil
    ) async throws -> IssuedCard {
        let call = try service.moveCard(
            request: request, consent: consent, attestation: attestation)
        return try await answered(call, request, key)
    }

    /// The holder's own cards, with their phones.
    public func cards() async throws -> [OwnCard] {
        try readOwnCards(answer: await send(service.cards()))
    }

    /// The card is lost, and suspended at once on all its phones; or with `phone` one phone
    /// (``OwnPhone/phone``) is, and only what that phone has is revoked.
    public func reportLost(card: String, phone: String? = nil) async throws -> OwnCard {
        try readOwnCard(answer: await send(service.reportLost(card: card, phone: phone)))
    }

    /// A token for the code that a counter has handed out.
    public func token(forCode code: String) async throws -> AccessToken {
        let answer = try await send(service.token(preAuthorizedCode: code))
        return try readAccessToken(answer: answer, nowUnixS: nowUnixS)
    }

    /// After how many seconds to try again what has failed `failed` times in a row with `error`; nil
    /// where trying again does not help. The waits are up to hours: let the system wake the app then. A
    /// holder who asks for it does not wait.
    public func retryWait(failed: Int, after error: any Error) -> Int64? {
        var retryAfterS: Int64?
        switch error {
        case IssuerError.Problem(let problem, _):
            guard problem.remedy == .tryLater else { return nil }
            retryAfterS = problem.retryAfterS
        case is URLError: break
        default: return nil
        }
        return retryWaitS(
            failed: Int32(clamping: failed), random: .random(in: .min ... .max),
            retryAfterS: retryAfterS)
    }

    private var nowUnixS: Int64 { clock.nowUnixMs().secondsRoundedDown }

    private func renewed(
        _ key: any DeviceKey, _ challenge: IssuerChallenge
    ) async throws -> IssuedCard {
        let request = try await request(
            key, challenge: challenge, attestation: nil, replaces: nil)
        return try await issued(.renew, service.renewal(request: request), key)
    }

    /// What is issued for a request now, or was before and got lost.
    private func answered(
        _ call: IssuerCall, _ request: CardRequest, _ key: any DeviceKey
    ) async throws -> IssuedCard {
        do {
            return try await issued(.issue, call, key)
        } catch IssuerError.Problem(let problem, _) where problem.remedy == .collectAnswer {
            return try await collected(.collectAnswer, request, key)
        }
    }

    private func collected(
        _ step: CardStep, _ request: CardRequest, _ key: any DeviceKey
    ) async throws -> IssuedCard {
        let now = nowUnixS
        let collect = try await offMain { try request.collect(nowUnixS: now, key: key) }
        return try await issued(step, service.collect(collect: collect), key)
    }

    private func request(
        _ key: any DeviceKey, challenge given: IssuerChallenge?, attestation: Data?,
        replaces: Replaces?
    ) async throws -> CardRequest {
        var challenge = given
        if challenge == nil { challenge = try await self.challenge() }
        let answered = challenge?.challenge ?? Data()
        let (now, hash) = (nowUnixS, attestation.map { attestationHash(attestation: $0) })
        return try await offMain {
            let claims = CardRequestClaims(
                issuedAtUnixS: now, key: try key.publicKey(), challenge: answered,
                attestation: hash, replaces: replaces)
            return try CardRequest.make(claims: claims, key: key)
        }
    }

    private func issued(
        _ step: CardStep, _ call: IssuerCall, _ key: any DeviceKey
    ) async throws -> IssuedCard {
        let answer = try await send(call)
        return try readIssuedCard(
            answer: answer, step: step, key: key.publicKey(), nowUnixS: nowUnixS)
    }

    private func send(_ call: IssuerCall) async throws -> IssuerAnswer {
        let bearer = call.withToken ? try await token() : nil
        return try await exchange.exchange(call, bearer: bearer)
    }

    private func offMain<T: Sendable>(
        _ sign: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await Task.detached(operation: sign).value
    }
}
