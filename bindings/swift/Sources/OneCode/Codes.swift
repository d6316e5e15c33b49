// Codes that renew themselves. What is made and shown when is the core's rule, see Pacer; here is
// only the doing of it.

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
/// before the second that it is made for. It is made a little earlier, so a slow key leaves no gap. A
/// clock that is set, and a pause of the whole process, are noticed within half a second, and lead to
/// a new code. Nothing is made while nobody waits for the next element; cancelling the task ends the
/// sequence.
///
/// Several iterations of one sequence show the same code as long as it is due, so a view that
/// comes back shows again what it showed before.
///
/// An error ends the iteration: ``MakeCodeError``, for instance when the user has to unlock the
/// key first. To try again, iterate again.
public struct Codes: AsyncSequence, Sendable {
    /// A code with its picture.
    public typealias Element = CodeFrame

    private let make: @Sendable (_ nowUnixS: Int64) throws -> CodeFrame
    let clock: any CodeClock
    private let shared = Shared()

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
        AsyncIterator(make: make, clock: clock, shared: shared)
    }

    /// One iteration.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        fileprivate let make: @Sendable (_ nowUnixS: Int64) throws -> CodeFrame
        fileprivate let clock: any CodeClock
        fileprivate let shared: Shared
        private var onScreen: Schedule?

        fileprivate init(
            make: @escaping @Sendable (_ nowUnixS: Int64) throws -> CodeFrame,
            clock: any CodeClock,
            shared: Shared
        ) {
            self.make = make
            self.clock = clock
            self.shared = shared
        }

        /// Waits for the next code to be due. Nil when the task is cancelled.
        public mutating func next() async throws -> CodeFrame? {
            while !Task.isCancelled {
                switch shared.pacer.step(nowUnixMs: clock.nowUnixMs(), onScreen: onScreen) {
                case .show(let schedule):
                    if let frame = shared.frame(schedule) {
                        onScreen = schedule
                        return frame
                    }
                case .make(let unixS):
                    do {
                        shared.made(try await made(forUnixS: unixS), nowUnixMs: clock.nowUnixMs())
                    } catch where !shared.pacer.failed() {
                        // What is on the screen stays good without it.
                    }
                case .wait(let ms):
                    do { try await clock.sleep(ms: ms) } catch is CancellationError { return nil }
                }
            }
            return nil
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
    ///   - challenge: The scanner's challenge that they answer, 5 to 15 bytes.
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

extension Int64 {
    var secondsRoundedDown: Int64 {
        let (seconds, rest) = quotientAndRemainder(dividingBy: 1_000)
        return rest < 0 ? seconds - 1 : seconds
    }
}

/// What the iterations of one sequence share.
private final class Shared: @unchecked Sendable {
    let pacer = Pacer()
    private let lock = NSLock()
    private var frames: [Schedule: CodeFrame] = [:]

    func made(_ frame: CodeFrame, nowUnixMs: Int64) {
        lock.withLock {
            frames[frame.code.schedule] = frame
            pacer.made(nowUnixMs: nowUnixMs, schedule: frame.code.schedule)
            let held = Set(pacer.held())
            frames = frames.filter { held.contains($0.key) }
        }
    }

    func frame(_ schedule: Schedule) -> CodeFrame? {
        lock.withLock { frames[schedule] }
    }
}
