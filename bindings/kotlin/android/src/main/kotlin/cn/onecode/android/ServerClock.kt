package cn.onecode.android

import android.os.SystemClock
import cn.onecode.ClockConfidence
import cn.onecode.CodeClock
import cn.onecode.HolderClock

/**
 * The time by your server's word, carried on by the phone's clock that nobody can set. Before the
 * first word, and after a restart of the phone, it is the phone's own time.
 *
 * Give it to `codeFlow()` and to [OneCodeView], keep one for the whole app, and [sync] it whenever
 * the app is online.
 */
class ServerClock : CodeClock {
    private val holder = HolderClock()

    /**
     * Asks for the server's time with [ask], in Unix milliseconds, and takes it unless what is
     * known already is better; the answer is whether it was taken.
     *
     * @throws cn.onecode.ClockException the answer took too long, or is no time.
     */
    suspend fun sync(ask: suspend () -> Long): Boolean {
        val sent = SystemClock.elapsedRealtime()
        val server = ask()
        return holder.sync(server, sent, SystemClock.elapsedRealtime())
    }

    override fun nowUnixMs(): Long {
        val phoneMs = System.currentTimeMillis()
        val reading = holder.now(Math.floorDiv(phoneMs, 1000L), SystemClock.elapsedRealtime())
        // The core counts in whole seconds.
        return if (reading.confidence == ClockConfidence.Device) phoneMs else reading.unixS * 1000
    }
}
