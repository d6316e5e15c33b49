// What is on the screen: a code and its picture, in a form that any drawing can use.

import Foundation

/// A code with its picture.
public struct CodeFrame: Equatable, Sendable {
    /// The code, with its text and its schedule.
    public let code: Code
    /// Modules per side, without the quiet zone.
    public let width: Int
    /// The modules row by row, one byte each, 1 for dark and 0 for light, without the quiet zone.
    public let modules: Data

    /// Draws a code.
    ///
    /// - Parameter level: How much of the picture may be lost and still be read.
    /// - Throws: ``QrError`` when the text of the code cannot be drawn.
    public init(_ code: Code, level: Level = .m) throws {
        let picture = try QrCode.draw(text: code.text, level: level)
        self.code = code
        width = Int(picture.width())
        modules = picture.modules()
    }

    /// Seconds until the next code takes the place of this one, for a countdown; never negative.
    public func secondsLeft(nowUnixMs: Int64) -> Int {
        let endMs = code.schedule.renewAtUnixS * 1_000
        guard nowUnixMs < endMs else { return 0 }
        // A time before 1970 counts as 1970.
        return Int((endMs - max(0, nowUnixMs) + 999) / 1_000)
    }

    /// Dark modules that touch each other in a row.
    public struct Run: Equatable, Sendable {
        /// The first one's column, from 0.
        public let x: Int
        /// Their row, from 0.
        public let y: Int
        /// How many there are.
        public let length: Int
    }

    /// The dark modules in runs: each is drawn as one rectangle, so that no seams show.
    public var runs: [Run] {
        var runs: [Run] = []
        for y in 0..<width {
            var start: Int?
            for x in 0...width {
                let dark = x < width && modules[modules.startIndex + y * width + x] != 0
                if let first = start, !dark {
                    runs.append(Run(x: first, y: y, length: x - first))
                    start = nil
                } else if start == nil, dark {
                    start = x
                }
            }
        }
        return runs
    }

    /// How the picture lies in a square of `sidePx` pixels, quiet zone included.
    public func layout(sidePx: Int) -> PictureLayout {
        pictureLayoutWithin(width: Int32(clamping: width), sidePx: Int32(clamping: sidePx))
    }
}
