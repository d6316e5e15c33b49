package cn.onecode

import cn.onecode.World.Companion.NOW
import java.io.IOException
import java.util.Collections
import java.util.concurrent.Executors
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.advanceTimeBy
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The flow of codes on a virtual clock. */
@OptIn(ExperimentalCoroutinesApi::class)
class CodeFlowTest {
    /** What is on the screen, and from when on. */
    private class Shown(val fromMs: Long, val frame: CodeFrame)

    /** The phone's clock: it can be set, and it goes on while the process sleeps. */
    private var setByMs = 300L

    private fun TestScope.clock() = CodeClock { NOW * 1000 + currentTime + setByMs }

    private fun TestScope.codes(session: CodeSession): Flow<CodeFrame> =
        session.codeFlow(clock(), dispatcher = StandardTestDispatcher(testScheduler))

    /** Collects until the virtual time is over. */
    private fun TestScope.screen(flow: Flow<CodeFrame>, forMs: Long): List<Shown> {
        val shown = ArrayList<Shown>()
        val job = backgroundScope.launch { flow.collect { shown.add(Shown(clock().nowUnixMs(), it)) } }
        advanceTimeBy(forMs)
        runCurrent()
        job.cancel()
        return shown
    }

    /** At every moment there is a code, its time has come, and it has at least half its window. */
    private fun assertNoDeadMoment(shown: List<Shown>, fromMs: Long, untilMs: Long, windowS: Int) {
        assertEquals(fromMs, shown.first().fromMs)
        val ends = shown.drop(1).map { it.fromMs } + untilMs
        for ((it, endMs) in shown.zip(ends)) {
            val schedule = it.frame.code.schedule
            assertTrue(it.fromMs >= schedule.shownFromUnixS * 1000, "shown before its time")
            assertTrue(endMs <= schedule.renewAtUnixS * 1000, "shown ${endMs - schedule.renewAtUnixS * 1000} ms too long")
            assertEquals(schedule.shownFromUnixS + windowS, schedule.goodUntilUnixS)
        }
        val seconds = shown.map { it.frame.code.schedule.shownFromUnixS }
        assertEquals(seconds.size, seconds.toSet().size, "two codes for one second")
    }

    @Test
    fun anHourWithoutADeadMoment() = runTest {
        for (windowS in listOf(60, 61, 300, 10, 2)) {
            val startMs = clock().nowUnixMs()
            val shown = screen(codes(World(windowS).session()), 3_600_000)
            assertNoDeadMoment(shown, startMs, startMs + 3_600_000, windowS)
            val expected = 3600 / (windowS / 2)
            assertTrue(shown.size in expected..expected + 1, "$windowS s: ${shown.size} codes")
        }
    }

    @Test
    fun aGateAcceptsWhatIsOnTheScreenAtEverySecondAndSkew() = runTest {
        val world = World()
        val scanner = world.scanner()
        val startMs = clock().nowUnixMs()
        val shown = screen(codes(world.session()), 180_000)
        for (second in 1L until 180) {
            val nowMs = startMs + 1000 * second
            val text = shown.last { it.fromMs <= nowMs }.frame.code.text
            for (skewS in listOf(-30, -1, 0, 1, 30)) {
                val verdict = scanner.scan(text, world.at(Math.floorDiv(nowMs, 1000L) + skewS))
                assertInstanceOf(Verdict.Accepted::class.java, verdict, "second $second, skew $skewS")
            }
        }
    }

    @Test
    fun aSlowKeyLeavesNoGap() = runTest {
        val session = World().session()
        val slow = codeFlowOf(clock()) { nowUnixS ->
            delay(1_900)
            CodeFrame.draw(session.code(nowUnixS))
        }
        val shown = screen(slow, 600_000)
        assertNoDeadMoment(shown, NOW * 1000 + 300 + 1_900, NOW * 1000 + 300 + 600_000, 60)
    }

    @Test
    fun afterAPauseOrAChangeOfTheClockTheNextCodeComesAtOnce() = runTest {
        for (jumpMs in listOf(600_000L, -600_000L, 45_000L, -45_000L, 86_400_000L)) {
            val shown = ArrayList<Shown>()
            val flow = codes(World().session())
            val job = backgroundScope.launch { flow.collect { shown.add(Shown(clock().nowUnixMs(), it)) } }
            advanceTimeBy(10_100)
            setByMs += jumpMs
            val before = shown.size
            advanceTimeBy(501)
            val now = clock().nowUnixMs()
            assertTrue(shown.size > before, "nothing new after $jumpMs ms")
            val schedule = shown.last().frame.code.schedule
            assertTrue(now / 1000 in schedule.shownFromUnixS until schedule.renewAtUnixS, "after $jumpMs ms")
            job.cancel()
        }
    }

    /** The same case runs in Swift, in the command and in the core. */
    @Test
    fun aClockThatJumpsBackADayInTheMiddleOfAWindow() = runTest {
        val session = World().session()
        val asked = ArrayList<Long>()
        val flow = codeFlowOf(clock()) { nowUnixS ->
            asked += nowUnixS
            CodeFrame.draw(session.code(nowUnixS))
        }
        val shown = ArrayList<Shown>()
        backgroundScope.launch { flow.collect { shown.add(Shown(clock().nowUnixMs(), it)) } }
        advanceTimeBy(10_100)
        setByMs -= 86_400_000
        advanceTimeBy(501)
        val yesterday = NOW - 86_400 + 10
        assertEquals(listOf(NOW, yesterday), shown.map { it.frame.code.schedule.shownFromUnixS })
        advanceTimeBy(30_000)
        assertEquals(listOf(NOW, yesterday, yesterday + 30), asked)
        assertEquals((yesterday + 30) * 1000, shown.last().fromMs)
        // Set right again: the first code has left by now.
        setByMs += 86_400_000
        advanceTimeBy(501)
        assertEquals(NOW + 41, shown.last().frame.code.schedule.shownFromUnixS)
    }

    @Test
    fun twoScreensShareOneCodeAndOneMaking() = runTest {
        val session = World().session()
        var made = 0
        val flow = codeFlowOf(clock()) { nowUnixS ->
            made += 1
            delay(700)
            CodeFrame.draw(session.code(nowUnixS))
        }
        val screens = List(2) { ArrayList<CodeFrame>() }
        for (screen in screens) backgroundScope.launch { flow.collect { screen += it } }
        advanceTimeBy(100_000)
        assertEquals(screens[0], screens[1])
        assertEquals(4, screens[0].size)
        assertEquals(4, made)
    }

    @Test
    fun whoLeavesWhileACodeIsMadeLeavesTheNextOneToMakeIt() = runTest {
        val session = World().session()
        val flow = codeFlowOf(clock()) { nowUnixS ->
            delay(700)
            CodeFrame.draw(session.code(nowUnixS))
        }
        val job = backgroundScope.launch { flow.collect {} }
        advanceTimeBy(300)
        job.cancel()
        assertEquals(NOW, flow.first().code.schedule.shownFromUnixS)
    }

    @Test
    fun theLayoutIsThatOfTheCore() {
        val frame = CodeFrame.draw(World().session().code(NOW))
        assertEquals(PictureLayout(1_000, 14, 73), frame.layout(1_000))
        assertEquals(0, frame.layout(68).modulePx)
        assertEquals(0, frame.layout(-1).modulePx)
        val drawn = ByteArray(frame.modules.size)
        for (run in frame.runs) {
            for (x in run.x until run.x + run.length) drawn[run.y * frame.width + x] = 1
        }
        assertTrue(drawn.contentEquals(frame.modules))
        assertEquals(CodeFrame.Run(0, 0, 7), frame.runs.first())
    }

    @Test
    fun nothingIsMadeWhenNobodyLooks() = runTest {
        val session = World().session()
        var made = 0
        val flow = codeFlowOf(clock()) { nowUnixS ->
            made += 1
            CodeFrame.draw(session.code(nowUnixS))
        }
        screen(flow, 100_000)
        val after = made
        advanceTimeBy(3_600_000)
        assertEquals(after, made)
    }

    @Test
    fun whoLooksAgainSeesTheSameCode() = runTest {
        val flow = codes(World().session())
        val first = flow.first()
        repeat(20) { assertSame(first, flow.first()) }
        // The screen is turned at the very moment of the change.
        advanceTimeBy(29_800)
        val next = flow.take(1).toList().single()
        assertEquals(NOW + 30, next.code.schedule.shownFromUnixS)
    }

    @Test
    fun aSecondSessionInTheSameSecondWaitsForItsOwn() = runTest {
        val session = World().session()
        session.code(NOW)
        val shown = screen(codes(session), 100_000)
        assertEquals(NOW * 1000 + 1000, shown.first().fromMs)
    }

    @Test
    fun aFailureComesWhenTheCodeHasToLeave() = runTest {
        val world = World()
        var locked = false
        val key = object : DeviceKey {
            override fun publicKey() = world.phone.publicKey()
            override fun sign(message: ByteArray) = if (locked) throw SigningException.Locked() else world.phone.sign(message)
        }
        val flow = codes(world.session(key))
        var failure: Throwable? = null
        backgroundScope.launch { failure = runCatching { flow.collect {} }.exceptionOrNull() }
        advanceTimeBy(5_000)
        locked = true
        advanceTimeBy(24_600)
        assertEquals(null, failure)
        advanceTimeBy(200)
        assertInstanceOf(SigningException.Locked::class.java, (failure as MakeCodeException.Signing).signing)
        // Unlocked, and looked at again.
        locked = false
        assertEquals(NOW + 30, flow.first().code.schedule.shownFromUnixS)
    }

    @Test
    fun theWalletIsStoredWhereTheKeyMayBlockAndNotOnTheMainThread() {
        val io = Executors.newSingleThreadExecutor { Thread(it, "io") }.asCoroutineDispatcher()
        val threads = Collections.synchronizedSet(HashSet<String>())
        val world = World()
        val key = object : DeviceKey by world.phone {
            override fun sign(message: ByteArray) = world.phone.sign(message).also { threads += Thread.currentThread().name }
        }
        val flow = world.session(key).codeFlow(
            CodeClock { NOW * 1000 }, dispatcher = io, beforeShowing = { threads += Thread.currentThread().name })
        io.use { runBlocking { flow.first() } }
        // With its coroutine's number behind it where assertions are on.
        assertEquals(setOf("io"), threads.map { it.substringBefore(" @") }.toSet())
    }

    @Test
    fun aWalletThatCannotBeStoredIsAFailureAndItsCodeIsNotShown() = runTest {
        var full = false
        val flow = World().session().codeFlow(
            clock(), dispatcher = StandardTestDispatcher(testScheduler), beforeShowing = { if (full) throw IOException("disk full") })
        val shown = ArrayList<CodeFrame>()
        var failure: Throwable? = null
        backgroundScope.launch { failure = runCatching { flow.collect { shown += it } }.exceptionOrNull() }
        advanceTimeBy(5_000)
        full = true
        advanceTimeBy(24_600)
        assertEquals(null, failure)
        advanceTimeBy(200)
        assertInstanceOf(IOException::class.java, failure)
        assertEquals(1, shown.size)
    }

    @Test
    fun aWalletIsStoredBeforeItsCodeIsShown() = runTest {
        val world = World()
        val wallet = Wallet().also { it.add(world.card, "key", "mine") }
        val session = wallet.session(CardId(310000, 7), world.phone)
        var stored = ByteArray(0)
        val io = StandardTestDispatcher(testScheduler)
        val flow = session.codeFlow(clock(), dispatcher = io, beforeShowing = { stored = wallet.toBytes() })
        val shown = flow.first().code
        // A wallet that is read back makes no second code for that second.
        val again = Wallet.fromBytes(stored).session(CardId(310000, 7), world.phone).code(NOW)
        assertEquals(shown.schedule.shownFromUnixS + 1, again.schedule.shownFromUnixS)
    }
}
