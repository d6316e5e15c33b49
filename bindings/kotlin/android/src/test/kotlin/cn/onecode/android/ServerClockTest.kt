package cn.onecode.android

import cn.onecode.ClockException
import java.time.Duration
import kotlin.math.abs
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowSystemClock

@RunWith(Runner::class)
@Config(sdk = [24, 35])
class ServerClockTest {
    @Test
    fun `the server's word holds until it is known better`() = runBlocking<Unit> {
        val clock = ServerClock()
        assertTrue(abs(clock.nowUnixMs() - System.currentTimeMillis()) < 2_000)

        val server = 1_795_392_000_000L
        assertTrue(clock.sync { server })
        assertEquals(server, clock.nowUnixMs())
        ShadowSystemClock.advanceBy(Duration.ofMinutes(2))
        assertEquals(server + 120_000, clock.nowUnixMs())

        // A slow answer is worth less than what is known.
        val taken = clock.sync {
            ShadowSystemClock.advanceBy(Duration.ofSeconds(5))
            server + 500_000
        }
        assertEquals(false, taken)
        assertEquals(server + 125_000, clock.nowUnixMs())
    }

    @Test
    fun `no time, and an answer that took a minute, are refused by type`() {
        val clock = ServerClock()
        assertThrows(ClockException::class.java) { runBlocking { clock.sync { -1 } } }
        assertThrows(ClockException::class.java) {
            runBlocking {
                clock.sync {
                    ShadowSystemClock.advanceBy(Duration.ofSeconds(61))
                    1_795_392_000_000L
                }
            }
        }
    }
}
