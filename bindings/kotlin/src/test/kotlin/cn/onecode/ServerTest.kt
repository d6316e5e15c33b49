package cn.onecode

import cn.onecode.World.Companion.DAY
import cn.onecode.World.Companion.METRO
import cn.onecode.World.Companion.NOW
import java.security.MessageDigest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What runs on servers and in gates, from morning to evening and over a restart. */
class ServerTest {
    private val gateKey = generateKey(Algorithm.ESP256).key

    private fun publication(atUnixS: Long) = StatusPublication(atUnixS, atUnixS + 2 * DAY, 3_600)

    private fun number(verdict: Verdict) = (verdict as? Verdict.Refused)?.message?.number ?: 0

    @Test
    fun anOperatorsDay() {
        val world = World(duplicates = "refuse", gate = gateKey.publicKey())
        val agency = StatusIssuer("cn-31", 100)
        val lists = agency.publish(publication(NOW), world.issuer)
        val session = world.session()

        // In the morning. What the gate writes is stored: receipts as they come, with their texts.
        val morning = world.scanner()
        lists.forEach { morning.installStatus(it, NOW) }
        val before = morning.scanWithReceipt("", world.at(NOW))
        assertInstanceOf(ReceiptException.NotStarted::class.java, (before.receipt as ReceiptOutcome.Missing).why)
        assertNull(morning.receiptHead())
        assertThrows(ReceiptException.Usage::class.java) { morning.startReceipts("Gate 1", gateKey) }
        morning.startReceipts("gate-1", gateKey)

        val stored = ArrayList<Pair<ByteArray, String>>()
        fun scan(scanner: OneCodeScanner, text: String, nowUnixS: Long): Int {
            val scanned = scanner.scanWithReceipt(text, world.at(nowUnixS))
            stored += (scanned.receipt as ReceiptOutcome.Written).bytes to text
            return number(scanned.verdict)
        }
        val code = session.code(NOW).text
        assertEquals(0, scan(morning, code, NOW))
        assertEquals(601, scan(morning, code, NOW + 1))
        assertEquals(110, scan(morning, "https://example.cn", NOW + 2))
        assertEquals(3L to hex(sha256(stored.last().first)), morning.receiptHead()!!.run { number to hex(previous) })

        // At noon its power fails. The snapshot was stored after the last scan; the lists are files.
        val snapshot = morning.snapshot()
        morning.close()
        agency.suspend(7)
        val noon = NOW + 6 * 3_600
        val delta = agency.publishDelta(StatusIssuer.fromPublished("cn-31", lists, listOf(world.issuer.publicKey())), NOW, publication(noon), world.issuer)

        val afternoon = OneCodeScanner.restore(snapshot, Policy(withoutStatusLists = true))
        afternoon.installTrustList(world.trustList, noon)
        afternoon.installCatalogue(world.catalogue, noon)
        afternoon.installStatuses(lists + delta, noon)
        afternoon.startReceipts("gate-1", gateKey)
        assertEquals(3L to hex(sha256(stored.last().first)), afternoon.receiptHead()!!.run { number to hex(previous) })
        assertEquals(402, scan(afternoon, session.code(noon).text, noon))
        assertEquals(101, scan(afternoon, "", noon + 1))

        // A key that fails costs the receipt and not the verdict; the chain stays whole.
        afternoon.startReceipts("gate-1", object : DeviceKey by gateKey {
            override fun sign(message: ByteArray): EncodedSignature = throw SigningException.Refused("busy")
        })
        val missing = afternoon.scanWithReceipt("", world.at(noon + 2))
        assertEquals(101, number(missing.verdict))
        assertInstanceOf(ReceiptException.Signing::class.java, (missing.receipt as ReceiptOutcome.Missing).why)
        afternoon.startReceipts("gate-1", gateKey)
        assertEquals(103, scan(afternoon, "?", noon + 3))

        // In the evening the chain is checked, against the head that was kept elsewhere.
        val keys = ReceiptKeys.fromTrustList(world.trustList, listOf(Roots.fromKey(world.root.publicKey())), noon + 4)
        val receipts = stored.map { it.first }
        val head = afternoon.receiptHead()
        val summary = keys.verifyChain(receipts, "gate-1", end = head)
        assertEquals(listOf(6L, 1L, 5L), summary.run { listOf(this.receipts, accepted, refused) })
        val short = assertThrows(ChainException.Broken::class.java) { keys.verifyChain(receipts.dropLast(1), "gate-1", end = head) }
        assertEquals(ChainProblem.End(6), short.problem)

        // Or as they are read from the disk, without a day of them in memory.
        ChainVerifier(keys).use { chain ->
            receipts.forEach(chain::take)
            chain.endsAt(head!!)
            fun figures(it: ChainSummary) = it.run { listOf(this.receipts, accepted, refused, clockWentBack, next.number, hex(next.previous)) }
            assertEquals("gate-1" to figures(summary), chain.scanner() to figures(chain.summary()))
            val again = assertThrows(ChainException.Broken::class.java) { chain.take(receipts[2]) }
            assertEquals(ChainProblem.Repeated(2), again.problem)
        }

        // And weeks later every scan is made again, out of the archive.
        val (early, late) = listOf(lists, lists + delta).map { archived ->
            ReplayLists(listOf(Roots.fromKey(world.root.publicKey())), world.trustList, world.catalogue).also { archive -> archived.forEach(archive::addStatus) }
        }
        for ((index, it) in stored.withIndex()) {
            val (receipt, text) = it
            val verdict = (if (index < 3) early else late).replay(receipt, keys, text)
            assertEquals(keys.verify(receipt).verdict, number(verdict))
        }
        assertThrows(ReplayException.OtherText::class.java) { late.replay(receipts[3], keys, "another") }
        assertThrows(ReplayException.OtherStatusList::class.java) { early.replay(receipts[3], keys, stored[3].second) }
    }

    @Test
    fun anIssuersServerIsRestarted() {
        val world = World()
        val keys = listOf(world.issuer.publicKey())
        val first = StatusIssuer("cn-31", 100)
        first.revoke(3)
        val lists = first.publish(publication(NOW), world.issuer)
        assertNull(first.continuesUnixS())

        val again = StatusIssuer.fromPublished("cn-31", lists, keys)
        assertEquals(NOW, again.continuesUnixS())
        assertEquals(100, again.positions())
        assertEquals(Status.REVOKED, again.status(3))
        assertThrows(EventException.NotPossible::class.java) { again.restore(3) }

        // A gate that has the lists takes the delta that comes after the restart.
        val earlier = again.copy()
        again.suspend(7)
        val delta = again.publishDelta(earlier, again.continuesUnixS()!!, publication(NOW + DAY), world.issuer)
        val scanner = world.scanner()
        lists.forEach { scanner.installStatus(it, NOW) }
        scanner.installStatus(delta, NOW + DAY)
        assertEquals(402, number(scanner.scan(world.session().code(NOW + DAY).text, world.at(NOW + DAY))))
        assertEquals(Status.SUSPENDED, StatusIssuer.fromPublished("cn-31", lists + delta, keys).status(7))

        fun fails(lists: List<ByteArray>, id: String = "cn-31", by: List<PublicKey> = keys) =
            assertThrows(ReloadException::class.java) { StatusIssuer.fromPublished(id, lists, by) }
        assertInstanceOf(ReloadException.NoList::class.java, fails(listOf()))
        assertInstanceOf(ReloadException.Unusable::class.java, fails(listOf(ByteArray(1 shl 20))))
        assertInstanceOf(ReloadException.Unusable::class.java, fails(lists.map { it.copyOf(it.size - 1) }))
        assertInstanceOf(ReloadException.NotSigned::class.java, fails(lists, by = listOf()))
        assertInstanceOf(ReloadException.NotSigned::class.java, fails(lists, by = listOf(world.phone.publicKey())))
        assertEquals("cn-31", assertInstanceOf(ReloadException.OtherIssuer::class.java, fails(lists, id = "cn-32")).found)
        assertEquals(0, assertInstanceOf(ReloadException.DoesNotFollow::class.java, fails(listOf(delta) + lists)).at)
        val large = StatusIssuer("cn-31", (1L shl 20) + 4)
        val (zero, one) = large.publish(publication(NOW), world.issuer)
        assertEquals(0, assertInstanceOf(ReloadException.Incomplete::class.java, fails(listOf(one))).number)
        val (later) = large.publish(publication(NOW + 1), world.issuer)
        assertEquals(1, assertInstanceOf(ReloadException.Outdated::class.java, fails(listOf(zero, one, later))).number)
    }

    @Test
    fun aBackOfficeDecidesAgainInOneCall() {
        val world = World(duplicates = "refuse")
        val gate = world.scanner()
        val session = world.session()
        val scans = (0L until 200).map { PastScan(if (it % 5 == 0L) "?" else session.code(NOW + it).text, world.at(NOW + it)) }
        val verdicts = scans.map { gate.scan(it.text, it.context) }
        // The same again, as often as one likes: nothing is remembered.
        val office = world.scanner()
        repeat(2) { assertEquals(verdicts, office.verifyBatch(scans)) }
        assertEquals(0, office.duplicateFill(NOW).entries)
        assertEquals(listOf<Verdict>(), office.verifyBatch(listOf()))
        val wrong = scans.last().copy(context = ScanContext(METRO, 1, NOW))
        assertThrows(UsageException.Region::class.java) { office.verifyBatch(scans + wrong) }
        assertTrue(verdicts.count { it is Verdict.Accepted } == 160)
    }

    private fun sha256(bytes: ByteArray) = MessageDigest.getInstance("SHA-256").digest(bytes)
}
