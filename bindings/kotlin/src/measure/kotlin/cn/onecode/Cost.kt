package cn.onecode

import cn.onecode.World.Companion.NOW
import java.lang.management.ManagementFactory
import org.junit.jupiter.api.Test

/**
 * What a crossing costs: scans and codes through JNA against the same in Rust, in one process, in
 * turns. `bash bindings/kotlin/measure.sh` runs it. It prints and judges nothing.
 *
 * Processor time of this thread is counted, so that a busy machine changes little; medians.
 */
class Cost {
    private val world = World()
    private val bean = ManagementFactory.getThreadMXBean()
    private var now = NOW

    @Test
    fun cost() {
        val (scanner, session) = world.scanner() to world.session()
        val text = session.code(NOW).text
        val context = world.at(NOW)
        compare("a scan of a known card", { scanner.scan(text, context) }, { scanner.scanInRust(text, context, it) })
        compare("a code", { now += 1; session.code(now) }, { codesInRust(world.card, world.phone, NOW, it) })
        compare("a text that is not ours", { scanner.scan("https", context) }, { scanner.scanInRust("https", context, it) })
    }

    private fun compare(what: String, here: () -> Any?, inRust: (rounds: Int) -> Any?) {
        val laps = (0 until LAPS).map {
            micros { repeat(ROUNDS) { here() } } to micros { inRust(ROUNDS) }
        }.drop(WARM_UP)
        val (through, bare) = laps.map { it.first }.median() to laps.map { it.second }.median()
        val ratio = laps.map { it.first / it.second }.median()
        println("%s: %.1f µs through JNA, %.1f µs in Rust, %.2f ×".format(what, through, bare, ratio))
    }

    private fun micros(work: () -> Unit): Double {
        val before = bean.currentThreadCpuTime
        work()
        return (bean.currentThreadCpuTime - before) / 1e3 / ROUNDS
    }

    private fun List<Double>.median() = sorted()[size / 2]

    private companion object {
        const val LAPS = 40
        const val WARM_UP = 20
        const val ROUNDS = 1_000
    }
}
