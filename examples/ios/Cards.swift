// The cards of this phone: a key in the Secure Enclave, a wallet in a file, and what the issuer's
// service does for them.

import DeviceCheck
import Foundation
import OneCode

/// One for the whole app: two wallets would overwrite each other's file. Off the main thread, because
/// the Secure Enclave takes its time.
actor Cards {
    private static let alias = "card"

    private let wallet: Wallet
    private let file: URL
    /// The request without an answer yet: if one is lost, the same request gets the card.
    private let asked: URL
    /// Apple's word for its key, empty where there is none.
    private let evidence: URL
    private let client: IssuerClient
    private var nextChallenge: IssuerChallenge?
    // Of the move that has begun: both of its calls carry it.
    private var attestation: Data?

    enum Problem: Error {
        case noCard
    }

    init() throws {
        file = try FileManager.default
            .url(
                for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil,
                create: true
            )
            .appendingPathComponent("wallet")
        asked = file.deletingLastPathComponent().appendingPathComponent("request")
        evidence = file.deletingLastPathComponent().appendingPathComponent("attestation")
        // One that is there and cannot be read is an error, and no reason to begin anew.
        let stored = FileManager.default.fileExists(atPath: file.path)
        wallet = stored ? try Wallet.fromBytes(bytes: Data(contentsOf: file)) : Wallet()
        client = try Issuer.client()
    }

    /// The codes of the first card, or nil while there is none.
    func codes() throws -> Codes? {
        guard let card = try wallet.cards().first else { return nil }
        return try session(card).codes { [wallet, file] _ in
            try wallet.toBytes().write(to: file, options: .atomic)
        }
    }

    /// Applies for the holder's card, and goes on with it after whatever failed.
    func enrol() async throws {
        let key = try newKey()
        if !FileManager.default.fileExists(atPath: asked.path) { try await ask(key) }
        let request = try CardRequest.fromBytes(bytes: Data(contentsOf: asked))
        let evidence = try Data(contentsOf: evidence)
        do {
            let attestation = evidence.isEmpty ? nil : evidence
            try keep(await client.finishEnrol(request, key: key, attestation: attestation))
            try FileManager.default.removeItem(at: asked)
        } catch let refused as IssuerError {
            if case .Problem(let problem, _) = refused, problem.remedy == .newKey {
                // Nothing comes of it any more: the next attempt begins anew.
                try FileManager.default.removeItem(at: asked)
                try SecureEnclaveKey.delete(alias: Self.alias)
            }
            throw refused
        }
    }

    /// Writes down what will be asked. The request comes last: what is read is whole.
    private func ask(_ key: SecureEnclaveKey) async throws {
        let challenge = try await client.challenge()
        let attestation = try await attestation(of: key, for: challenge)
        let request = try await client.beginEnrol(
            key: key, challenge: challenge, attestation: attestation)
        try (attestation ?? Data()).write(to: evidence, options: .atomic)
        try request.toBytes().write(to: asked, options: .atomic)
    }

    /// Renews the card when it is due. In your app a background task does this each day.
    func renewIfDue() async throws {
        guard let card = try wallet.cards().first, try client.isRenewalDue(card.credential)
        else { return }
        try keep(await client.renew(key: key(card), next: nextChallenge))
    }

    /// The new phone asks: the old phone scans the text of the request.
    func beginMove() async throws -> CardRequest {
        let (key, challenge) = (try newKey(), try await client.challenge())
        attestation = try await attestation(of: key, for: challenge)
        return try await client.beginMove(
            key: key, challenge: challenge, attestation: attestation)
    }

    /// The new phone has scanned the old one's answer.
    func finishMove(_ request: CardRequest, consent: String) async throws {
        let issued = try await client.finishMove(
            request, key: newKey(), consent: consent, attestation: attestation)
        try keep(issued)
    }

    /// The old phone has scanned the new one's request: what to ask the holder.
    func question(_ text: String) throws -> MoveQuestion {
        guard let card = try wallet.cards().first else { throw Problem.noCard }
        let now = Int64(Date().timeIntervalSince1970)
        return try MoveQuestion.read(text: text, card: card.credential, nowUnixS: now)
    }

    /// The holder agrees: codes for the new phone to scan, each when its time has come.
    func agree(_ question: MoveQuestion) throws -> Codes {
        guard let card = try wallet.cards().first else { throw Problem.noCard }
        let (session, consent) = (try session(card), question.agree())
        return Codes { [wallet, file] nowUnixS in
            let frame = try CodeFrame(session.consent(nowUnixS: nowUnixS, consent: consent))
            try wallet.toBytes().write(to: file, options: .atomic)
            return frame
        }
    }

    /// The card has moved away.
    func forget() throws {
        if let card = try wallet.cards().first { _ = try wallet.remove(card: card.id) }
        try SecureEnclaveKey.delete(alias: Self.alias)
        nextChallenge = nil
        try store()
    }

    private func session(_ card: WalletCard) throws -> CodeSession {
        try wallet.session(card: card.id, key: key(card))
    }

    private func key(_ card: WalletCard) throws -> SecureEnclaveKey {
        guard let key = try SecureEnclaveKey.open(alias: card.keyAlias) else {
            throw SigningError.Gone
        }
        return key
    }

    /// The key of an application that got no answer is used again: it may have its card.
    private func newKey() throws -> SecureEnclaveKey {
        try SecureEnclaveKey.open(alias: Self.alias) ?? SecureEnclaveKey.create(alias: Self.alias)
    }

    /// Apple's word that this app, unchanged, speaks for the key; nil on a simulator, which has none.
    /// Each request has a new one, because it names the challenge.
    private func attestation(
        of key: SecureEnclaveKey, for challenge: IssuerChallenge
    ) async throws -> Data? {
        let service = DCAppAttestService.shared
        guard service.isSupported else { return nil }
        let id = try await service.generateKey()
        return try await service.attestKey(
            id, clientDataHash: key.clientDataHash(for: challenge))
    }

    private func keep(_ issued: IssuedCard) throws {
        _ = try wallet.add(
            credential: issued.credential, keyAlias: Self.alias, label: "社会保障卡")
        nextChallenge = issued.nextChallenge
        try store()
    }

    /// The wallet holds no secret: without the key it is worth nothing.
    private func store() throws {
        try wallet.toBytes().write(to: file, options: .atomic)
    }
}
