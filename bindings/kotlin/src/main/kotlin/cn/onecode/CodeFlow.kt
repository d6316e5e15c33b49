package cn.onecode

import java.util.concurrent.atomic.AtomicReference
import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext

/** Where the time comes from. Nothing else in this package reads a clock. */
public fun interface CodeClock {
    /** Now, in Unix milliseconds. */
    public fun nowUnixMs(): Long

    public companion object {
        /** The clock of this device. */
        @JvmField
        public val DEVICE: CodeClock = CodeClock { System.currentTimeMillis() }
    }
}

/** A code and its picture, ready to be drawn. */
public class CodeFrame(
    /** The code, with its text and its schedule. */
    public val code: Code,
    /** Modules per side, without the quiet zone. */
    public val width: Int,
    /**
     * The modules row by row, 1 for dark and 0 for light. Leave four light modules free on every
     * side, and draw dark on light in a dark theme too.
     */
    public val modules: ByteArray,
) {
    /** Whether the module in column [x] of row [y] is dark. */
    public fun isDark(x: Int, y: Int): Boolean = modules[y * width + x] == 1.toByte()

    public companion object {
        /** Draws a code, by default at level M. */
        @JvmStatic
        @JvmOverloads
        @Throws(QrException::class)
        public fun draw(code: Code, level: Level? = null): CodeFrame =
            QrCode.draw(code.text, level).use { CodeFrame(code, it.width(), it.modules()) }
    }
}

/**
 * The codes of this session, each when its time has come, for as long as somebody collects.
 *
 * At every moment the frame that was emitted last is one to be shown: it is replaced at half its
 * window, and the next one is made a little before, so that a slow key leaves no gap. After a pause
 * of the process, or when the clock is set, the next frame comes within [TICK_MS]. Whoever collects
 * again within the time of a code gets that code again, and no second is spent.
 *
 * When the key does not sign, the flow fails with a [MakeCodeException], at the moment when the
 * code on the screen has to leave and not before: let the user unlock the key and collect again.
 *
 * @param application the one application the codes are for, see [Choice].
 * @param challenge the scanner's challenge that they answer, see [challengeFromText].
 * @param dispatcher where the key and [beforeShowing] may block.
 * @param beforeShowing is called after a code is made and before it is emitted: store
 *   [Wallet.toBytes] here. When it throws, the code is not shown, and the flow fails with that when
 *   the one on the screen has to leave.
 */
@JvmOverloads
public fun CodeSession.codeFlow(
    clock: CodeClock = CodeClock.DEVICE,
    application: Int? = null,
    challenge: ByteArray? = null,
    level: Level? = null,
    dispatcher: CoroutineContext = Dispatchers.IO,
    beforeShowing: suspend (Code) -> Unit = {},
): Flow<CodeFrame> = codeFlowOf(clock) { nowUnixS ->
    withContext(dispatcher) {
        val code = boundCode(nowUnixS, application, challenge)
        CodeFrame.draw(code, level).also { beforeShowing(code) }
    }
}

/** The same with any maker of frames; it is asked for the second that a code is to be made for. */
public fun codeFlowOf(
    clock: CodeClock,
    make: suspend (nowUnixS: Long) -> CodeFrame,
): Flow<CodeFrame> {
    val latest = AtomicReference<CodeFrame?>()
    return flow {
        while (true) {
            val nowMs = clock.nowUnixMs()
            val shown = latest.get()?.takeIf { it.isDue(nowMs) || it.isNear(nowMs) }
                ?: make(Math.floorDiv(nowMs, 1000L))
            waitFor(shown, clock)
            latest.set(shown)
            emit(shown)
            latest.set(shown.successor(clock, make))
        }
    }
}

/** How long a change of the clock, or the end of a pause, may go unnoticed. */
public const val TICK_MS: Long = 500

/** How long before its time the next code is made. */
private const val AHEAD_MS = 2_000L

private fun CodeFrame.isDue(nowMs: Long): Boolean =
    nowMs in code.schedule.shownFromUnixS * 1000 until code.schedule.renewAtUnixS * 1000

/** A session looks no further ahead than five seconds for one that has had no code. */
private const val NEAR_MS = 6_000L

private fun CodeFrame.isNear(nowMs: Long): Boolean =
    code.schedule.shownFromUnixS * 1000 - nowMs in 1..NEAR_MS

/** Waits for the first second of a frame, where that is near. */
private suspend fun waitFor(frame: CodeFrame, clock: CodeClock) {
    while (true) {
        val nowMs = clock.nowUnixMs()
        if (!frame.isNear(nowMs)) return
        delay(minOf(frame.code.schedule.shownFromUnixS * 1000 - nowMs, TICK_MS))
    }
}

/**
 * Waits until this frame has to leave. Returns the one that takes its place at that moment, or
 * nothing when the clock was set or has gone on without us, and one has to be made for now.
 */
private suspend fun CodeFrame.successor(
    clock: CodeClock,
    make: suspend (nowUnixS: Long) -> CodeFrame,
): CodeFrame? {
    val renewAtMs = code.schedule.renewAtUnixS * 1000
    var next: CodeFrame? = null
    var mayMake = true
    while (true) {
        val nowMs = clock.nowUnixMs()
        if (!isDue(nowMs)) {
            return next
        }
        val leftMs = renewAtMs - nowMs
        if (mayMake && leftMs <= AHEAD_MS) {
            mayMake = false
            try {
                next = make(code.schedule.renewAtUnixS)
            } catch (e: CancellationException) {
                throw e
            } catch (e: Exception) {
                // What is on the screen is good still. It is tried again when that has to leave.
            }
            continue
        }
        val untilMakingMs = if (mayMake) leftMs - AHEAD_MS else leftMs
        delay(minOf(untilMakingMs, TICK_MS))
    }
}
