// Codes that renew themselves, on a clock that the test holds.

import Foundation
import XCTest

@testable import OneCode

/// A clock that stands still until somebody waits. At given waits it is set.
final class VirtualClock: CodeClock, @unchecked Sendable {
    private let lock = NSLock()
    private var nowMs: Int64
    private var sets: [(afterMs: Int64, byMs: Int64)] = []
    private var waitedMs: Int64 = 0

    init(unixMs: Int64) {
        nowMs = unixMs
    }

    private func locked<T>(_ body: () -> T) -> T {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }

    func nowUnixMs() -> Int64 { locked { nowMs } }

    /// Time that has passed, however the clock was set.
    var passedMs: Int64 { locked { waitedMs } }

    func advance(ms: Int64) {
        locked {
            nowMs += ms
            waitedMs += ms
            while let set = sets.first, waitedMs >= set.afterMs {
                nowMs += set.byMs
                sets.removeFirst()
            }
        }
    }

    /// Sets the clock by that much as soon as that much time has passed.
    func set(afterMs: Int64, byMs: Int64) {
        locked { sets.append((afterMs, byMs)) }
    }

    func sleep(ms: Int64) async throws {
        try Task.checkCancellation()
        XCTAssertGreaterThan(ms, 0, "a wait that does not wait")
        advance(ms: ms)
    }
}

/// The seconds that codes were asked for.
private final class Asked: @unchecked Sendable {
    private let lock = NSLock()
    private var seconds: [Int64] = []

    var all: [Int64] { lock.withLock { seconds } }

    func add(_ second: Int64) { lock.withLock { seconds.append(second) } }
}

final class CodesTests: XCTestCase {
    /// A key that takes its time, like one in hardware.
    private func slowKey(_ world: World, _ clock: VirtualClock, ms: Int64) throws -> ScriptedKey {
        ScriptedKey(try world.phone.publicKey()) { [phone = world.phone] in
            clock.advance(ms: ms)
            return try phone.sign(message: $0)
        }
    }

    /// An hour of codes: whenever and with whatever clock inside the tolerance somebody scans what
    /// is on the screen, it is accepted.
    func testNoDeadMoment() async throws {
        let world = try World()
        let clock = VirtualClock(unixMs: World.now * 1_000 + 250)
        let session = try world.session(slowKey(world, clock, ms: 700))
        let scanner = try world.scanner()
        let endMs = World.now * 1_000 + 3_600_000
        var shown: (frame: CodeFrame, fromMs: Int64)?
        var (frames, scans) = (0, 0)
        for try await frame in session.codes(clock: clock) {
            let nowMs = clock.nowUnixMs()
            if let shown {
                XCTAssertLessThanOrEqual(
                    nowMs, shown.frame.code.schedule.renewAtUnixS * 1_000 + 1,
                    "replaced when it is due, and not later")
                // It was on the screen from then until now.
                for second in (shown.fromMs / 1_000)...(nowMs / 1_000) {
                    for skew: Int64 in [-30, 0, 30] {
                        let verdict = try scanner.scan(
                            text: shown.frame.code.text, context: World.context(second + skew))
                        guard case .accepted = verdict else { return XCTFail("\(verdict)") }
                        scans += 1
                    }
                }
            }
            shown = (frame, nowMs)
            frames += 1
            if nowMs >= endMs { break }
        }
        XCTAssertEqual(frames, 3_600 / (Int(World.windowS) / 2) + 1)
        print("Swift: \(frames) codes in an hour, accepted in each of \(scans) scans")
    }

    func testTheFirstCodeComesAtOnceAndTheNextOnTime() async throws {
        let world = try World()
        let clock = VirtualClock(unixMs: World.now * 1_000)
        let session = try world.session(slowKey(world, clock, ms: 400))
        var iterator = session.codes(clock: clock).makeAsyncIterator()
        let first = try await iterator.next()
        XCTAssertEqual(clock.passedMs, 400, "no more than the key takes")
        XCTAssertEqual(first?.code.schedule.shownFromUnixS, World.now)
        XCTAssertEqual(first?.secondsLeft(nowUnixMs: World.now * 1_000), 30)
        let second = try await iterator.next()
        XCTAssertEqual(clock.passedMs, 30_000)
        XCTAssertEqual(second?.code.schedule.shownFromUnixS, World.now + 30)
    }

    /// A second has one code. Where this one has had its own, the next one's is not shown before.
    func testACodeIsNotShownBeforeItsSecond() async throws {
        let session = try World().session()
        _ = try session.code(nowUnixS: World.now)
        _ = try session.code(nowUnixS: World.now + 31)
        let clock = VirtualClock(unixMs: World.now * 1_000)
        var iterator = session.codes(clock: clock).makeAsyncIterator()
        let first = try await iterator.next()
        XCTAssertEqual(first?.code.schedule.shownFromUnixS, World.now + 1)
        XCTAssertEqual(clock.passedMs, 1_000)
        // Due at 31, which has had its code. Until then the first one stays, which is good.
        let second = try await iterator.next()
        XCTAssertEqual(second?.code.schedule.shownFromUnixS, World.now + 32)
        XCTAssertEqual(clock.passedMs, 32_000)
    }

    func testAClockThatIsSetLeadsToANewCodeWithinASecond() async throws {
        for (byMs, name) in [(-3_600_000, "back"), (3_600_000, "forward")] as [(Int64, String)] {
            let world = try World()
            let clock = VirtualClock(unixMs: World.now * 1_000)
            clock.set(afterMs: 10_500, byMs: byMs)
            var iterator = try world.session().codes(clock: clock).makeAsyncIterator()
            _ = try await iterator.next()
            let frame = try await iterator.next()
            XCTAssertLessThanOrEqual(clock.passedMs, 10_500 + 1_000, name)
            XCTAssertEqual(
                frame?.code.schedule.shownFromUnixS, clock.nowUnixMs() / 1_000, name)
        }
    }

    /// The same case runs in Kotlin, in the command and in the core.
    func testAClockThatJumpsBackADayInTheMiddleOfAWindow() async throws {
        let session = try World().session()
        let asked = Asked()
        let clock = VirtualClock(unixMs: World.now * 1_000 + 300)
        clock.set(afterMs: 10_100, byMs: -86_400_000)
        clock.set(afterMs: 41_000, byMs: 86_400_000)
        let codes = Codes(clock: clock) { nowUnixS in
            asked.add(nowUnixS)
            return try CodeFrame(session.code(nowUnixS: nowUnixS))
        }
        var shown: [(unixS: Int64?, passedMs: Int64)] = []
        var iterator = codes.makeAsyncIterator()
        for _ in 0..<4 {
            let frame = try await iterator.next()
            shown.append((frame?.code.schedule.shownFromUnixS, clock.passedMs))
        }
        let yesterday = World.now - 86_400 + 10
        XCTAssertEqual(
            shown.map(\.unixS), [World.now, yesterday, yesterday + 30, World.now + 41])
        XCTAssertLessThanOrEqual(shown[1].passedMs, 10_100 + 500)
        XCTAssertEqual(shown[2].passedMs, 39_700)
        XCTAssertLessThanOrEqual(shown[3].passedMs, 41_000 + 500)
        XCTAssertEqual(asked.all, shown.map(\.unixS))
    }

    /// The process stands still for an hour, as one in the background does.
    func testAPauseLeadsToANewCode() async throws {
        let world = try World()
        let clock = VirtualClock(unixMs: World.now * 1_000)
        var iterator = try world.session().codes(clock: clock).makeAsyncIterator()
        _ = try await iterator.next()
        clock.advance(ms: 3_600_000)
        let frame = try await iterator.next()
        XCTAssertEqual(clock.passedMs, 3_600_000, "at once")
        XCTAssertEqual(frame?.code.schedule.shownFromUnixS, World.now + 3_600)
    }

    func testNothingIsMadeWhileNobodyWaits() async throws {
        let world = try World()
        let made = Counter()
        let key = ScriptedKey(try world.phone.publicKey()) { [phone = world.phone] in
            _ = made.next()
            return try phone.sign(message: $0)
        }
        let clock = VirtualClock(unixMs: World.now * 1_000)
        let codes = try world.session(key).codes(clock: clock)
        XCTAssertEqual(made.value, 0)
        var iterator = codes.makeAsyncIterator()
        _ = try await iterator.next()
        clock.advance(ms: 600_000)
        XCTAssertEqual(made.value, 1)
    }

    /// On the real clock, as nobody waits on a virtual one.
    func testCancellingEndsIt() async throws {
        let codes = try World().session().codes()
        let first = expectation(description: "the first code")
        let task = Task {
            var frames = 0
            for try await _ in codes {
                frames += 1
                first.fulfill()
            }
            return frames
        }
        await fulfillment(of: [first], timeout: 10)
        task.cancel()
        let frames = try await task.value
        XCTAssertEqual(frames, 1)
    }

    func testAViewThatComesBackShowsTheSameCode() async throws {
        let clock = VirtualClock(unixMs: World.now * 1_000)
        let codes = try World().session().codes(clock: clock)
        var iterator = codes.makeAsyncIterator()
        let before = try await iterator.next()
        var again = codes.makeAsyncIterator()
        let after = try await again.next()
        XCTAssertEqual(before, after)
        // Both go on, and stay the same.
        let next = try await iterator.next()
        let nextAgain = try await again.next()
        XCTAssertEqual(next, nextAgain)
        XCTAssertNotEqual(before, next)
    }

    func testAKeyThatIsLockedEndsItWithATypedError() async throws {
        let world = try World()
        let key = ScriptedKey(try world.phone.publicKey()) { _ in throw SigningError.Locked }
        let clock = VirtualClock(unixMs: World.now * 1_000)
        var iterator = try world.session(key).codes(clock: clock).makeAsyncIterator()
        do {
            let frame = try await iterator.next()
            XCTFail("\(String(describing: frame))")
        } catch {
            XCTAssertEqual(error as? MakeCodeError, .Signing(signing: .Locked))
        }
    }

    /// A first try that fails, before the code is due, is no reason to take away the one shown.
    func testAKeyThatFailsOnceInAdvanceGetsASecondChance() async throws {
        let world = try World()
        let tries = Counter()
        let key = ScriptedKey(try world.phone.publicKey()) { [phone = world.phone] in
            if tries.next() == 2 { throw SigningError.Locked }
            return try phone.sign(message: $0)
        }
        let clock = VirtualClock(unixMs: World.now * 1_000)
        var iterator = try world.session(key).codes(clock: clock).makeAsyncIterator()
        _ = try await iterator.next()
        let second = try await iterator.next()
        XCTAssertEqual(clock.passedMs, 30_000)
        XCTAssertEqual(second?.code.schedule.shownFromUnixS, World.now + 30)
    }

    func testACardThatExpiresEndsIt() async throws {
        let world = try World()
        let session = try world.session()
        let expires = session.credential().claims().expiresUnixS
        let clock = VirtualClock(unixMs: (expires - 20) * 1_000)
        var frames = 0
        do {
            for try await _ in session.codes(clock: clock) { frames += 1 }
            XCTFail("it goes on for ever")
        } catch {
            XCTAssertEqual(error as? MakeCodeError, .CardExpired(expiresUnixS: expires))
        }
        XCTAssertEqual(frames, 1)
    }

    func testBoundCodes() async throws {
        let clock = VirtualClock(unixMs: World.now * 1_000)
        let session = try World().session()
        var iterator = session.codes(application: 101, challenge: Data(1...8), clock: clock)
            .makeAsyncIterator()
        let frame = try await iterator.next()
        guard case .readable(let unverified) = explain(text: try XCTUnwrap(frame).code.text) else {
            return XCTFail("it cannot be explained")
        }
        XCTAssertEqual(unverified.application, 101)
        XCTAssertEqual(unverified.answers, Data(1...8))
        var wrong = session.codes(application: 70_000, clock: clock).makeAsyncIterator()
        do {
            _ = try await wrong.next()
            XCTFail("there is no application of that number")
        } catch {
            XCTAssertEqual(
                error as? MakeCodeError, .Usage(usage: .Application(number: 70_000)))
        }
    }

    /// An app that is stopped right after it has shown a code, and started again in that second.
    func testAWalletIsSavedBeforeItsCodeIsShown() async throws {
        let world = try World()
        let clock = VirtualClock(unixMs: World.now * 1_000)
        let saved = Box<Data>()
        let wallet = Wallet()
        _ = try wallet.add(credential: world.card(), keyAlias: "card", label: "")
        let card = try XCTUnwrap(wallet.cards().first).id
        var iterator = try wallet.session(card: card, key: world.phone).codes(clock: clock) { _ in
            saved.value = try wallet.toBytes()
        }.makeAsyncIterator()
        let shown = try await iterator.next()
        XCTAssertEqual(shown?.code.schedule.shownFromUnixS, World.now)

        let again = try Wallet.fromBytes(bytes: XCTUnwrap(saved.value))
        struct DiskFull: Error {}
        var full = try again.session(card: card, key: world.phone).codes(clock: clock) { _ in
            throw DiskFull()
        }.makeAsyncIterator()
        do {
            _ = try await full.next()
            XCTFail("shown, and not saved")
        } catch {
            XCTAssert(error is DiskFull)
        }
        let code = try again.session(card: card, key: world.phone).code(nowUnixS: World.now)
        XCTAssertGreaterThan(code.schedule.shownFromUnixS, World.now, "a second of its own")
        expect(MakeCodeError.WrongKey) { try again.session(card: card, key: world.issuer) }
    }

    /// The phone is an hour ahead, and a server has said so.
    func testTheServersClock() async throws {
        let device = VirtualClock(unixMs: (World.now + 3_600) * 1_000)
        let clock = ServerClock(device: device, monotonicMs: { device.passedMs + 50_000 })
        XCTAssertEqual(clock.nowUnixMs(), (World.now + 3_600) * 1_000, "nothing is known yet")
        let taken = try await clock.sync { World.now * 1_000 }
        XCTAssert(taken)
        // A slow answer is worth less than what is known.
        let slow = try await clock.sync {
            device.advance(ms: 5_000)
            return World.now * 1_000 + 500_000
        }
        XCTAssertFalse(slow)
        let world = try World()
        let scanner = try world.scanner()
        var frames = 0
        for try await frame in try world.session().codes(clock: clock) {
            let now = World.now + device.passedMs / 1_000
            let verdict = try scanner.scan(text: frame.code.text, context: World.context(now))
            guard case .accepted(let accepted) = verdict else { return XCTFail("\(verdict)") }
            XCTAssertLessThanOrEqual(abs(accepted.ageS), 1)
            frames += 1
            if frames == 3 { break }
        }
        expect(ClockError.MonotonicBack(fromMs: 2, toMs: 1)) {
            try HolderClock().sync(
                serverUnixMs: World.now * 1_000, sentMonotonicMs: 2, receivedMonotonicMs: 1)
        }
    }

    func testTheMonotonicClockGoesOn() async throws {
        let before = HolderClock.monotonicMs()
        XCTAssertGreaterThan(before, 0)
        try await DeviceClock().sleep(ms: 30)
        XCTAssert((30...30_000).contains(HolderClock.monotonicMs() - before))
    }

    /// As a view uses it: the iteration is on the main actor, the key is asked elsewhere.
    func testTheKeyIsNotAskedOnTheMainThread() async throws {
        let world = try World()
        let key = ScriptedKey(try world.phone.publicKey()) { [phone = world.phone] in
            XCTAssertFalse(Thread.isMainThread)
            return try phone.sign(message: $0)
        }
        let codes = try world.session(key).codes(clock: VirtualClock(unixMs: World.now * 1_000))
        let frames = try await Task { @MainActor in
            var frames = 0
            for try await _ in codes {
                frames += 1
                if frames == 3 { break }
            }
            return frames
        }.value
        XCTAssertEqual(frames, 3)
    }
}
