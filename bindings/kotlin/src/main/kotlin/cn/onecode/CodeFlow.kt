package cn.onecode

import java.util.concurrent.ConcurrentHashMap
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

    /** Dark modules that touch each other in a row: [length] of them from column [x] of row [y]. */
    public data class Run(val x: Int, val y: Int, val length: Int)

    /** The dark modules in runs: each is drawn as one rectangle, so that no seams show. */
    public val runs: List<Run>
        get() = buildList {
            for (y in 0 until width) {
                var x = 0
                while (x < width) {
                    val start = x
                    while (x < width && isDark(x, y)) x += 1
                    if (x > start) add(Run(start, y, x - start))
                    x += 1
                }
            }
        }

    /** How the picture lies in a square of [sidePx] pixels, quiet zone included. */
    public fun layout(sidePx: Int): PictureLayout = pictureLayoutWithin(width, sidePx)

    /** Seconds until the next code takes the place of this one, for a countdown; never negative. */
    public fun secondsLeft(nowUnixMs: Long): Long =
        (code.schedule.renewAtUnixS - Math.floorDiv(nowUnixMs, 1000L)).coerceAtLeast(0)

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
 * of the process, or when the clock is set, the next frame comes within half a second. Whoever
 * collects again within the time of a code gets that code again, and no second is spent. When is
 * the core's rule, see [Pacer].
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
    val pacer = Pacer()
    val frames = ConcurrentHashMap<Schedule, CodeFrame>()

    suspend fun makeFor(unixS: Long) {
        var answered = false
        try {
            val frame = make(unixS)
            frames[frame.code.schedule] = frame
            pacer.made(clock.nowUnixMs(), frame.code.schedule)
            answered = true
            frames.keys.retainAll(pacer.held().toSet())
        } catch (stopped: CancellationException) {
            throw stopped
        } catch (failure: Exception) {
            answered = true
            if (pacer.failed()) throw failure
        } finally {
            if (!answered) pacer.abandoned()
        }
    }

    return flow {
        var onScreen: Schedule? = null
        while (true) {
            when (val step = pacer.step(clock.nowUnixMs(), onScreen)) {
                is PacerStep.Show ->
                    frames[step.schedule]?.let {
                        onScreen = step.schedule
                        emit(it)
                    }
                is PacerStep.Make -> makeFor(step.unixS)
                is PacerStep.Wait -> delay(step.ms)
            }
        }
    }
}
