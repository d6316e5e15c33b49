// Codes that renew themselves. When one is due is the core's rule, in its schedule; here is only
// the waiting for it.

import Foundation

/// The codes to show, one after the other, for as long as somebody iterates.
///
/// ```swift
/// for try await frame in session.codes() {
///     show(frame)
/// }
/// ```
///
/// The first code comes at once, and each further one when it takes the place of the one before; none
/// before the second that it is made for. It is made a little earlier, so a slow key leaves no gap. A clock that is set, and a pause of
/// the whole process, are noticed within a second, and lead to a new code. Nothing is made while
/// nobody waits for the next element; cancelling the task ends the sequence.
///
/// Several iterations of one sequence show the same code as long as it is due, so a view that
/// comes back shows again what it showed before.
///
/// An error ends the iteration: ``MakeCodeError``, for instance when the user has to unlock the
/// key first. To try again, iterate again.
public struct Codes: AsyncSequence, Sendable {
    /// A code with its picture.
    public typealias Element = CodeFrame

    /// How long before it is due the next code is made.
    static let aheadMs: Int64 = 2_000
    /// How long a wait is at most: then the clock is looked at again.
    static let lookMs: Int64 = 1_000
    /// How far in the future a code may begin that is worth waiting for. The core makes codes up to
    /// 5 seconds ahead, where this second has had its code.
    static let nearMs: Int64 = 6_000

    private let make: @Sendable (_ nowUnixS: Int64) throws -> CodeFrame
    let clock: any CodeClock
    private let latest = Latest()

    /// The codes that `make` makes.
    ///
    /// - Parameters:
    ///   - clock: The time to go by.
    ///   - make: Makes the code for a second. It is called off the main thread and may block.
    public init(
        clock: some CodeClock = DeviceClock(),
        make: @escaping @Sendable (_ nowUnixS: Int64) throws -> CodeFrame
    ) {
        self.make = make
        self.clock = clock
    }

    /// Begins an iteration.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(make: make, clock: clock, latest: latest)
    }

    /// One iteration.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        fileprivate let make: @Sendable (_ nowUnixS: Int64) throws -> CodeFrame
        fileprivate let clock: any CodeClock
        fileprivate let latest: Latest
        private var shown: CodeFrame?

        fileprivate init(
            make: @escaping @Sendable (_ nowUnixS: Int64) throws -> CodeFrame,
            clock: any CodeClock,
            latest: Latest
        ) {
            self.make = make
            self.clock = clock
            self.latest = latest
        }

        /// Waits for the next code to be due. Nil when the task is cancelled.
        public mutating func next() async throws -> CodeFrame? {
            do {
                let frame = try await due()
                latest.frame = frame
                shown = frame
                return frame
            } catch is CancellationError {
                return nil
            }
        }

        private func due() async throws -> CodeFrame {
            var prepared: CodeFrame?
            var mayPrepare = true
            while true {
                try Task.checkCancellation()
                let nowMs = clock.nowUnixMs()
                guard let shown, shown.isDue(atMs: nowMs) else {
                    // What was made for this moment, by another iteration or this one.
                    let others = [latest.frame, prepared].compactMap { $0 }
                    let ready = others.first { $0 != shown && $0.isDueOrNear(atMs: nowMs) }
                    if let ready { return try await inItsSecond(ready) }
                    return try await inItsSecond(made(forUnixS: nowMs.secondsRoundedDown))
                }
                let renewAtUnixS = shown.code.schedule.renewAtUnixS
                let leftMs = renewAtUnixS * 1_000 - nowMs
                if leftMs <= Codes.aheadMs && mayPrepare {
                    mayPrepare = false
                    do {
                        prepared = try await made(forUnixS: renewAtUnixS)
                    } catch let error where !(error is CancellationError) {
                        // The shown code is still good; when it no longer is, the next try counts.
                    }
                    continue
                }
                let untilMs = mayPrepare ? leftMs - Codes.aheadMs : leftMs
                try await clock.sleep(ms: Swift.min(untilMs, Codes.lookMs))
            }
        }

        /// Waits for the first second of a code, where that is near.
        private func inItsSecond(_ frame: CodeFrame) async throws -> CodeFrame {
            while true {
                let leftMs = frame.code.schedule.shownFromUnixS * 1_000 - clock.nowUnixMs()
                guard (1...Codes.nearMs).contains(leftMs) else { return frame }
                try await clock.sleep(ms: Swift.min(leftMs, Codes.lookMs))
            }
        }

        /// Makes a code on a thread that may block.
        private func made(forUnixS unixS: Int64) async throws -> CodeFrame {
            let make = self.make
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global(qos: .userInitiated).async {
                    continuation.resume(with: Result { try make(unixS) })
                }
            }
        }
    }
}

extension CodeSession {
    /// The codes of this session's card, one after the other, with their pictures.
    ///
    /// - Parameters:
    ///   - application: The number of the one application that may accept them, 1 to 65,535; nil
    ///     for everyday codes.
    ///   - challenge: The scanner's challenge that they answer, 5 to 16 bytes.
    ///   - level: How much of the picture may be lost and still be read.
    ///   - clock: The time to go by.
    ///   - beforeShowing: Is called after a code is made and before it is shown, off the main
    ///     thread. Store ``Wallet/toBytes()`` here: without that, an app that has been restarted
    ///     could make a second code for the same second. What it throws ends the iteration, and
    ///     the code is not shown.
    public func codes(
        application: Int32? = nil,
        challenge: Data? = nil,
        level: Level = .m,
        clock: some CodeClock = DeviceClock(),
        beforeShowing: @escaping @Sendable (_ code: Code) throws -> Void = { _ in }
    ) -> Codes {
        Codes(clock: clock) { [self] nowUnixS in
            let code = try boundCode(
                nowUnixS: nowUnixS, application: application, challenge: challenge)
            let frame = try CodeFrame(code, level: level)
            try beforeShowing(code)
            return frame
        }
    }
}

extension CodeFrame {
    /// Whether it is the one to show at that moment.
    fileprivate func isDue(atMs nowMs: Int64) -> Bool {
        let schedule = code.schedule
        return schedule.shownFromUnixS * 1_000 <= nowMs && nowMs < schedule.renewAtUnixS * 1_000
    }

    /// Whether it is, or will be in a moment.
    fileprivate func isDueOrNear(atMs nowMs: Int64) -> Bool {
        let schedule = code.schedule
        return schedule.shownFromUnixS * 1_000 - Codes.nearMs <= nowMs
            && nowMs < schedule.renewAtUnixS * 1_000
    }
}

extension Int64 {
    var secondsRoundedDown: Int64 {
        let (seconds, rest) = quotientAndRemainder(dividingBy: 1_000)
        return rest < 0 ? seconds - 1 : seconds
    }
}

/// What the iterations of one sequence share.
private final class Latest: @unchecked Sendable {
    private let lock = NSLock()
    private var held: CodeFrame?

    var frame: CodeFrame? {
        get {
            lock.lock()
            defer { lock.unlock() }
            return held
        }
        set {
            lock.lock()
            defer { lock.unlock() }
            held = newValue
        }
    }
}
