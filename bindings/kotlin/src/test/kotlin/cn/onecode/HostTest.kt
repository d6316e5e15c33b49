package cn.onecode

import cn.onecode.World.Companion.NOW
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Threads, memory, and what the host puts beside the scanner's own. */
class HostTest {
    @Test
    fun twoThreadsUseOneScannerAndOneSession() {
        val world = World(duplicates = "refuse")
        val (scanner, session) = world.scanner() to world.session()
        val accepted = AtomicInteger()
        val pool = Executors.newFixedThreadPool(2)
        val work = (0 until 2).map {
            pool.submit {
                for (n in 0 until 200) {
                    val now = NOW + 5 * n
                    val code = session.code(now)
                    // Both threads show both codes; each code is good once.
                    repeat(2) {
                        if (scanner.scan(code.text, world.at(now)) is Verdict.Accepted) accepted.incrementAndGet()
                    }
                }
            }
        }
        work.forEach { it.get() }
        pool.shutdown()
        assertEquals(400, accepted.get())
    }

    @Test
    fun tenThousandCodesLeaveMemoryFlat() {
        val world = World()
        val (scanner, session) = world.scanner() to world.session()
        var now = NOW
        fun tenThousand() = repeat(10_000) {
            now += 1
            val code = session.code(now)
            QrCode.draw(code.text).use { it.modules() }
            scanner.scan(code.text, world.at(now))
        }
        repeat(2) { tenThousand() }
        val before = residentKb()
        tenThousand()
        val grown = residentKb() - before
        println("Kotlin: 10,000 codes made, drawn and scanned: resident memory grew by $grown kB")
        // A code that is not given back is about 1 kB.
        assertTrue(grown < 8 * 1024, "$grown kB")
    }

    /** Of this process, after collecting; 0 where the system does not say. */
    private fun residentKb(): Long {
        repeat(3) {
            System.gc()
            Thread.sleep(50)
        }
        val status = java.io.File("/proc/self/status").takeIf { it.exists() } ?: return 0
        val line = status.readLines().first { it.startsWith("VmRSS:") }
        return line.filter { it.isDigit() }.toLong()
    }

    @Test
    fun aStoreOfTheHostIsAsked() {
        val world = World(duplicates = "refuse")
        val scanner = world.scanner()
        val used = HashMap<String, Long>()
        scanner.setDuplicateStore(object : DuplicateStore {
            override fun record(codeUse: CodeUse): Earlier =
                used[codeUse.code]?.let { Earlier.UsedCode(it) }
                    ?: Earlier.Nothing.also { used[codeUse.code] = codeUse.nowUnixS }
        })
        val code = world.session().code(NOW).text
        assertInstanceOf(Verdict.Accepted::class.java, scanner.scan(code, world.at(NOW)))
        val again = scanner.scan(code, world.at(NOW + 1)) as Verdict.Refused
        assertEquals(NOW, (again.refusal as Refusal.UsedBefore).firstUnixS)
        assertEquals(1, used.size)
    }

    @Test
    fun aStoreThatThrowsIsAScannerThatCannotTell() {
        val world = World(duplicates = "refuse")
        val scanner = world.scanner()
        lateinit var inner: Throwable
        val stores = listOf<(CodeUse) -> Earlier>(
            { throw HostException.Unavailable() },
            { throw IllegalStateException("a secret of the host") },
            // A store that calls its scanner would wait for itself.
            { scanner.runCatching { snapshot() }.exceptionOrNull()!!.let { inner = it; throw it } },
        )
        for (store in stores) {
            scanner.setDuplicateStore(object : DuplicateStore {
                override fun record(codeUse: CodeUse) = store(codeUse)
            })
            val refused = scanner.scan(world.session().code(NOW).text, world.at(NOW)) as Verdict.Refused
            assertEquals(Refusal.DuplicatesUnavailable(MemoryProblem.STORE), refused.refusal)
        }
        assertInstanceOf(UsageException.Reentrant::class.java, inner)
    }

    @Test
    fun aHandlerTakesForeignCodesOver() {
        val world = World()
        val scanner = world.scanner()
        val address = "https://example.cn/1"
        for ((take, taken) in listOf<Pair<() -> Boolean, Boolean>>(
            { true } to true,
            { false } to false,
            { throw HostException.Unavailable() } to false,
            { throw IllegalStateException("a secret of the host") } to false,
        )) {
            scanner.setForeignHandler(object : ForeignCodeHandler {
                override fun take(kind: ForeignKind, text: String, context: ScanContext): Boolean {
                    assertEquals("web" to address, kind.id to text)
                    return take()
                }
            })
            val verdict = scanner.scan(address, world.at(NOW))
            assertEquals(taken, verdict is Verdict.HandedOver)
        }
    }
}
