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
                codes = try await Task.detached { try Self.open() }.value
            } catch {
                problem = "\(error)"
            }
        }
    }

    /// Blocks: the Secure Enclave takes its time.
    private nonisolated static func open() throws -> Codes {
        let alias = "card"
        let key = try SecureEnclaveKey.open(alias: alias) ?? SecureEnclaveKey.create(alias: alias)
        let file = try FileManager.default
            .url(
                for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil,
                create: true
            )
            .appendingPathComponent("wallet")
        // One that is there and cannot be read is an error, and no reason to begin anew.
        let stored = FileManager.default.fileExists(atPath: file.path)
        let wallet = stored ? try Wallet.fromBytes(bytes: Data(contentsOf: file)) : Wallet()
        let half = try key.publicKey()
        func isOurs(_ card: WalletCard) -> Bool { card.credential.claims().holderKey == half }
        if try !wallet.cards().contains(where: isOurs) {
            // In your app: send the public key to the card-issuing agency, and get this back.
            let credential = try Sandbox.issueCard(boundTo: key)
            _ = try wallet.add(credential: credential, keyAlias: alias, label: "社会保障卡")
        }
        guard let card = try wallet.cards().first(where: isOurs) else {
            throw MakeCodeError.WrongKey
        }
        // The wallet holds no secret: without the key it is worth nothing.
        return try wallet.session(card: card.id, key: key).codes { _ in
            try wallet.toBytes().write(to: file, options: .atomic)
        }
    }
}
