// The time by a server's word. How far that holds is the core's rule; here is only the reading of the
// clocks.

import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// The time by your server's word, carried on by the phone's clock that nobody can set. Before the
/// first word, and after a restart of the phone, it is the phone's own time.
///
/// ```swift
/// let clock = ServerClock()
/// _ = try await clock.sync { try await askYourServer() }
/// let codes = session.codes(clock: clock)
/// ```
///
/// Keep one for the whole app, and call ``sync(_:)`` whenever the app is online.
public struct ServerClock: CodeClock {
    private let holder = HolderClock()
    private let device: any CodeClock
    private let monotonicMs: @Sendable () -> Int64

    /// A clock that knows nothing yet but the phone's own.
    public init() {
        self.init(device: DeviceClock(), monotonicMs: HolderClock.monotonicMs)
    }

    init(device: any CodeClock, monotonicMs: @escaping @Sendable () -> Int64) {
        self.device = device
        self.monotonicMs = monotonicMs
    }

    /// Asks for the server's time, in Unix milliseconds, and takes it unless what is known already is
    /// better.
    ///
    /// - Returns: Whether it was taken.
    /// - Throws: ``ClockError`` when the answer took too long, or is no time; and what `ask` throws.
    public func sync(_ ask: () async throws -> Int64) async throws -> Bool {
        let sent = monotonicMs()
        let server = try await ask()
        return try holder.sync(
            serverUnixMs: server, sentMonotonicMs: sent, receivedMonotonicMs: monotonicMs())
    }

    /// Now, in Unix milliseconds; to the second where a server's time is known.
    public func nowUnixMs() -> Int64 {
        let deviceMs = device.nowUnixMs()
        let reading = try? holder.now(
            deviceUnixS: deviceMs.secondsRoundedDown, monotonicMs: monotonicMs())
        guard let reading, case .server = reading.confidence else { return deviceMs }
        return reading.unixS * 1_000
    }

    /// Returns after that many milliseconds.
    public func sleep(ms: Int64) async throws {
        try await device.sleep(ms: ms)
    }
}

extension HolderClock {
    /// A reading of the clock that nobody can set: milliseconds since the start of the phone, with
    /// sleep counted.
    public static func monotonicMs() -> Int64 {
        #if canImport(Darwin)
            let clock = CLOCK_MONOTONIC_RAW
        #else
            let clock = CLOCK_BOOTTIME
        #endif
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
