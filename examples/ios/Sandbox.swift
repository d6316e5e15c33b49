// A practice region in place of servers: the folder that `onecode sandbox` makes, in the bundle of
// the app under the name Sandbox. Its keys are for practice. Your app has none of this file: it
// gets its card from the agency, and its lists from the operator.

import Foundation
import OneCode

enum Sandbox {
    /// The metro, in Shanghai.
    static let application: Int32 = 101
    static let place: Int32 = 310_000

    enum Problem: Error {
        case noFolder
        case noEdition
        case notBase64(String)
    }

    /// A scanner with the published lists. Only the first edition of the roots is trusted as it is;
    /// everything else is signed by those whom it names.
    static func scanner() throws -> OneCodeScanner {
        let now = Int64(Date().timeIntervalSince1970)
        let roots = try editions("roots")
        let (trustLists, catalogues) = (try editions("trust-list"), try editions("catalogue"))
        guard let first = roots.first, let trustList = trustLists.last,
            let catalogue = catalogues.last
        else { throw Problem.noEdition }
        let scanner = try OneCodeScanner(roots: .fromEdition(json: first), policy: Policy())
        for next in roots.dropFirst() { try scanner.installRoots(json: next) }
        try scanner.installTrustList(json: trustList, nowUnixS: now)
        try scanner.installCatalogue(json: catalogue, nowUnixS: now)
        let folder = try folder().appendingPathComponent("published/status")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let list = try base64(text("published/status/\(name)"))
            try scanner.installStatus(cwt: list, nowUnixS: now)
        }
        return scanner
    }

    /// A card of Shanghai for a key of this phone, signed with the practice key of the agency.
    static func issueCard(boundTo key: any DeviceKey) throws -> CardCredential {
        let pem = try text("issuers/cn-31/cards.pem").split(separator: "\n")
        let body = pem.filter { !$0.hasPrefix("-----") }.joined()
        let issuer = try softwareKey(pkcs8: base64(body))
        let claims = CardClaims(
            region: 310_000, statusIndex: 1_900, entitlements: [0, 1, 2, 3], maxWindowS: 60,
            expiresUnixS: Int64(Date().timeIntervalSince1970) + 30 * 86_400,
            holderKey: try key.publicKey())
        return try CardCredential.issue(claims: claims, issuer: issuer)
    }

    private static func folder() throws -> URL {
        guard let folder = Bundle.main.resourceURL?.appendingPathComponent("Sandbox"),
            FileManager.default.fileExists(atPath: folder.path)
        else { throw Problem.noFolder }
        return folder
    }

    /// The published documents of a kind, by their numbers.
    private static func editions(_ kind: String) throws -> [Data] {
        let folder = try folder().appendingPathComponent("published/\(kind)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let numbers = names.filter { $0.hasSuffix(".json") }.compactMap { Int($0.dropLast(5)) }
        return try numbers.sorted().map {
            try Data(contentsOf: folder.appendingPathComponent("\($0).json"))
        }
    }

    /// A file without the line end that it has as a file.
    private static func text(_ path: String) throws -> String {
        let bytes = try Data(contentsOf: folder().appendingPathComponent(path))
        return String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func base64(_ text: String) throws -> Data {
        var standard = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        standard += String(repeating: "=", count: (4 - standard.count % 4) % 4)
        guard let bytes = Data(base64Encoded: standard) else { throw Problem.notBase64(text) }
        return bytes
    }
}
