// The phone's clock, corrected by what a server said. How far that holds is the core's rule; here
// is only the reading of the clocks.

import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// Goes by a ``HolderClock``: by a server's time where one is known, else by the phone's own.
///
/// ```swift
/// let sent = HolderClock.monotonicMs()
/// let serverUnixMs = try await askYourServer()
/// _ = try holder.sync(
///     serverUnixMs: serverUnixMs, sentMonotonicMs: sent,
///     receivedMonotonicMs: HolderClock.monotonicMs())
/// let codes = session.codes(clock: CorrectedClock(holder))
/// ```
public struct CorrectedClock: CodeClock {
    private let holder: HolderClock
    private let device: any CodeClock
    private let monotonicMs: @Sendable () -> Int64

    /// A clock that goes by what `holder` knows, now and later.
    public init(_ holder: HolderClock) {
        self.init(holder, device: DeviceClock(), monotonicMs: HolderClock.monotonicMs)
    }

    init(
        _ holder: HolderClock, device: any CodeClock, monotonicMs: @escaping @Sendable () -> Int64
    ) {
        self.holder = holder
        self.device = device
        self.monotonicMs = monotonicMs
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
