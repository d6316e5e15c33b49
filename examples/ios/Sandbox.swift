// A practice region's lists, for the scanner's screen: the folder that `onecode sandbox` makes, in the
// bundle of the app under the name Sandbox. Its keys are for practice. Your app has none of this file:
// it gets its lists from the operator's server, by the same steps.

import Foundation
import OneCode

enum Sandbox {
    /// The metro, in Shanghai.
    static let application: Int32 = 101
    static let place: Int32 = 310_000

    enum Problem: Error {
        case noFolder
        case noRoots
    }

    /// A scanner with the published lists. Only the first edition of the roots is trusted as it is;
    /// everything else is signed by those whom it names.
    static func scanner() throws -> OneCodeScanner {
        guard let roots = try file("roots/1.json") else { throw Problem.noRoots }
        let scanner = try OneCodeScanner(roots: .fromEdition(json: roots), policy: Policy())
        let now = Int64(Date().timeIntervalSince1970)
        let fetch = try Fetch(purpose: .now, nowUnixS: now)
        while let step = try fetch.step(scanner: scanner, anchors: [:]) {
            switch step {
            case .get(let wanted):
                let bytes = try file(wanted.path)
                _ = try fetch.answer(answer: bytes.map { .fetched(bytes: $0) } ?? .missing)
            case .install(let paths):
                let files = try paths.compactMap(file)
                // The index of a practice region is a day's; fetch.problems() tells.
                try? fetch.install(scanner: scanner, files: files)
            }
        }
        return scanner
    }

    /// A published file by its path, if it is there.
    private static func file(_ path: String) throws -> Data? {
        let file = try folder().appendingPathComponent("published/\(path)")
        return FileManager.default.contents(atPath: file.path)
    }

    private static func folder() throws -> URL {
        guard let folder = Bundle.main.resourceURL?.appendingPathComponent("Sandbox"),
            FileManager.default.fileExists(atPath: folder.path)
        else { throw Problem.noFolder }
        return folder
    }
}
