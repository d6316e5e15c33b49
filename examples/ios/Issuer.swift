// The issuer's service. Here is the one place with its address, and with who is signed in.

import Foundation
import OneCode

enum Issuer {
    /// `onecode-service` on the Mac that runs the simulator; Info.plist then allows local networking.
    /// Yours is your agency's, by https.
    private static let url = "http://localhost:8031"

    /// Whose card it is: yours is who has signed in.
    private static let holder = "practice holder"

    enum Problem: Error {
        case noToken(status: Int32)
    }

    static func client() throws -> IssuerClient {
        try IssuerClient(baseURL: url) { try await practiceToken() }
    }

    /// Practice gives a token to whoever asks. Your app asks its identity provider (OpenID Connect).
    private static func practiceToken() async throws -> String {
        struct Token: Decodable {
            let access_token: String
        }
        let call = IssuerCall(
            method: "POST", url: "\(url)/practice/token", contentType: "application/json",
            body: try JSONEncoder().encode(["subject": holder]), withToken: false)
        let answer = try await URLSessionExchange().exchange(call, bearer: nil)
        guard answer.status == 200 else { throw Problem.noToken(status: answer.status) }
        return try JSONDecoder().decode(Token.self, from: answer.body).access_token
    }
}
