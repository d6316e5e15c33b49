// The citizen's screen: a key in the Secure Enclave, a card bound to it, and its codes.

import Foundation
import OneCode
import SwiftUI

struct CitizenScreen: View {
    @State private var codes: Codes?
    @State private var problem: String?

    var body: some View {
        Group {
            if let codes {
                OneCodeView(codes).padding()
            } else if let problem {
                Text(verbatim: problem).padding()
            } else {
                ProgressView()
            }
        }
        .task {
            do {
                codes = try await Task.detached { try Self.session().codes() }.value
            } catch {
                problem = "\(error)"
            }
        }
    }

    /// Blocks: the Secure Enclave takes its time.
    private nonisolated static func session() throws -> CodeSession {
        let alias = "card"
        let key = try SecureEnclaveKey.open(alias: alias) ?? SecureEnclaveKey.create(alias: alias)
        return try CodeSession(credential: card(boundTo: key), key: key)
    }

    /// The credential is no secret: without the key it is worth nothing.
    private nonisolated static func card(boundTo key: SecureEnclaveKey) throws -> CardCredential {
        let stored = UserDefaults.standard.data(forKey: "card")
        if let stored, let card = try? CardCredential.fromBytes(bytes: stored),
            try card.claims().holderKey == key.publicKey()
        {
            return card
        }
        // In your app: send the public key to the card-issuing agency, and get the credential back.
        let card = try Sandbox.issueCard(boundTo: key)
        UserDefaults.standard.set(card.toBytes(), forKey: "card")
        return card
    }
}
