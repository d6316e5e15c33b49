// The time that a sequence of codes goes by. It is handed in, so that a test can hold it, and so
// that an app can correct the phone's clock by its server's.

import Foundation

/// Tells the time and waits.
public protocol CodeClock: Sendable {
    /// Now, in Unix milliseconds.
    func nowUnixMs() -> Int64

    /// Returns after that many milliseconds, more or less.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(ms: Int64) async throws
}

/// The phone's own clock.
public struct DeviceClock: CodeClock {
    /// The phone's own clock.
    public init() {}

    /// Now, in Unix milliseconds.
    public func nowUnixMs() -> Int64 {
        Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down))
    }

    /// Returns after that many milliseconds.
    public func sleep(ms: Int64) async throws {
        try await Task.sleep(nanoseconds: UInt64(max(ms, 0)) * 1_000_000)
    }
}
