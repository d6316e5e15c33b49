// The service of an issuer in practice, as a process of its own with books of its own; the binary is
// what `bindings/build.sh swift --test` builds.

import Foundation
import XCTest

@testable import OneCode

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct NoService: Error {
    let said: String
}

final class TestService: @unchecked Sendable {
    private let folder: URL
    private let process = Process()
    let issuer: any DeviceKey
    let url: String

    init(cards: String = "", limits: String = "per_minute = 100000", more: String = "") throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("onecode service \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        issuer = try Self.keyFile("cards", in: folder)
        _ = try Self.keyFile("status", in: folder)
        let config = folder.appendingPathComponent("service.toml")
        try """
            mode = "practice"
            issuer = "cn-31"
            listen = "127.0.0.1:0"
            public_url = "http://127.0.0.1"
            [keys]
            cards = "cards.pem"
            status = "status.pem"
            [books]
            database = "sqlite:books.db"
            positions = 1000
            [publish]
            folder = "published"
            [cards]
            \(cards)
            [limits]
            \(limits)
            \(more)
            """.write(to: config, atomically: true, encoding: .utf8)
        guard let binary = ProcessInfo.processInfo.environment["ONECODE_SERVICE"] else {
            throw NoService(said: "no ONECODE_SERVICE: bash bindings/build.sh swift --test")
        }
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = [config.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var said = ""
        var address: Substring?
        while address == nil {
            let part = output.fileHandleForReading.availableData
            if part.isEmpty { throw NoService(said: said) }
            said += String(decoding: part, as: UTF8.self)
            // The last line may not be whole yet.
            address = said.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first { $0.hasPrefix("listening ") }?.dropFirst("listening ".count)
        }
        url = "http://\(address ?? "")"
        // Nobody reads its log, and a full pipe would stop it.
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    deinit {
        // Whatever a thread of Dispatch starts has SIGTERM blocked.
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    private static func keyFile(_ name: String, in folder: URL) throws -> any DeviceKey {
        let generated = try generateKey(algorithm: .esp256)
        let body = generated.pkcs8.base64EncodedString(
            options: [.lineLength64Characters, .endLineWithLineFeed])
        try "-----BEGIN PRIVATE KEY-----\n\(body)\n-----END PRIVATE KEY-----\n".write(
            to: folder.appendingPathComponent("\(name).pem"), atomically: true, encoding: .utf8)
        return generated.key
    }

    @discardableResult
    private func post(
        _ path: String, _ body: [String: any Sendable], bearer: String? = nil
    ) async throws -> [String: Any] {
        let call = IssuerCall(
            method: "POST", url: url + path, contentType: "application/json",
            body: try JSONSerialization.data(withJSONObject: body), withToken: bearer != nil)
        let answer = try await URLSessionExchange().exchange(call, bearer: bearer)
        guard (200..<300).contains(answer.status) else {
            throw NoService(said: "\(path): \(String(decoding: answer.body, as: UTF8.self))")
        }
        return try JSONSerialization.jsonObject(with: answer.body) as? [String: Any] ?? [:]
    }

    /// A token as the practice region gives it to whoever asks.
    func token(_ subject: String, staff: Bool = false) async throws -> String {
        let answer = try await post("/practice/token", ["subject": subject, "staff": staff])
        return answer["access_token"] as? String ?? ""
    }

    @discardableResult
    func asStaff(_ path: String, _ body: [String: any Sendable] = [:]) async throws -> [String: Any] {
        try await post(path, body, bearer: token("counter 7", staff: true))
    }

    /// A card for a subject of the same name, and the code that the counter hands out for it.
    @discardableResult
    func grant(_ reference: String) async throws -> String {
        let body: [String: any Sendable] = [
            "reference": reference, "subject": reference, "region": 310_000,
            "entitlements": [0, 1],
        ]
        let answer = try await asStaff("/staff/cards", body)
        return Self.code(in: answer) ?? ""
    }

    private static func code(in value: Any) -> String? {
        guard let members = value as? [String: Any] else { return nil }
        if let code = members["pre-authorized_code"] as? String { return code }
        return members.values.lazy.compactMap(code(in:)).first
    }

    func client(
        _ subject: String, exchange: any HttpExchange = URLSessionExchange(),
        clock: any CodeClock = DeviceClock()
    ) throws -> IssuerClient {
        try IssuerClient(baseURL: url, exchange: exchange, clock: clock) { [self] in
            try await token(subject)
        }
    }
}
