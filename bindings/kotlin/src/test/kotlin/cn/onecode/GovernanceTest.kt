package cn.onecode

import cn.onecode.World.Companion.DAY
import cn.onecode.World.Companion.METRO
import cn.onecode.World.Companion.NOW
import java.math.BigInteger
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.MessageDigest
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.Base64
import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Roots, documents that several holders sign, and what takes keys back. */
class GovernanceTest {
    private val region = Region()
    private val world = region.world

    private inline fun <reified E : Throwable> fails(noinline call: () -> Any?): E = assertThrows(E::class.java) { call() }

    private fun notEnough(call: () -> Any?): DocumentException.NotEnough {
        val document = fails<InstallException.Document>(call).document
        return assertInstanceOf(DocumentException.NotEnough::class.java, document)
    }

    private fun number(verdict: Verdict) = (verdict as? Verdict.Refused)?.message?.number ?: 0

    private fun hash(document: ByteArray) = SignedDocument.fromJson(document).hash()

    @Test
    fun aGateWalksAndTakesWhatThreeOfFiveSign() {
        val gate = region.emptyGate()
        val second = region.nextRoots()
        gate.installRoots(second)
        gate.installRoots(second) // Again, as after a restart.
        val roots = gate.roots()
        assertEquals(2, roots.number())
        assertEquals(hash(second), roots.documentHash())
        assertEquals(Thresholds(roots = 3, trustList = 3, catalogue = 2), roots.thresholds())
        val holders = roots.holders().associateBy { it.id }
        assertEquals(Region.IDS, holders.keys.toList())
        assertEquals(listOf("cn-31"), holders.getValue("sh").issuers)
        assertEquals(region.key("sh").publicKey(), holders.getValue("sh").keys.single().key)
        assertEquals(listOf(DocumentKind.INDEX), holders.getValue("ah").keys[1].signs)
        fails<InstallException.Rollback> { gate.installRoots(region.first) }
        val fourth = region.sign(DocumentKind.ROOTS, region.rootsJson(4, hash(second)), *Region.IDS.toTypedArray())
        val skipped = fails<InstallException.RootsSkipped> { gate.installRoots(fourth) }
        assertEquals(2L to 4L, skipped.inForce to skipped.offered)

        // Two holders, and the key that a third one no longer has.
        val keys = listOf(region.key("js"), region.key("zj"), region.oldKey)
        val draft = region.draft(DocumentKind.TRUST_LIST, world.trustListJson())
        val document = keys.fold(draft) { document, key -> document.sign(key, NOW) }
        val tally = notEnough { gate.installTrustList(document.toJson(), NOW) }
        assertEquals(3L to listOf("js", "zj"), tally.needed to tally.holders)
        assertEquals(listOf(1L, 0L, 0L), listOf(tally.unknown, tally.notAdmitted, tally.bad))
        assertTrue("2 of the 3 holders" in "$tally", "$tally")

        gate.installTrustList(document.sign(region.key("sh"), NOW).toJson(), NOW)
        gate.installCatalogue(region.catalogue, NOW)
        assertInstanceOf(Verdict.Accepted::class.java, gate.scan(world.session().code(NOW).text, world.at(NOW)))
        assertEquals(2, gate.preflight(NOW).roots?.sequence)

        // The same on a phone.
        assertEquals(METRO, Offers.verify(region.trustList, region.catalogue, roots).applications().single().number)
        fails<DocumentException.NotEnough> { Offers.verify(document.toJson(), region.catalogue, roots) }
    }

    @Test
    fun aGateWaitsForTheEditionWithTheHashItWasSetUpWith() {
        val awaited = Roots.fromHash(hash(region.first))
        val gate = OneCodeScanner(awaited, Policy())
        assertNull(awaited.documentHash())
        val other = fails<InstallException.OtherRoots> { gate.installRoots(Region().first) }
        assertEquals(hash(region.first), other.expected)
        gate.installRoots(region.first)
        // What the gate was built with is an object of its own and stays what it was.
        assertEquals(listOf(0L, 1L, 1L), listOf(awaited.number(), awaited.walk(region.first).number(), gate.roots().number()))
    }

    @Test
    fun anIndexTellsOfAListAndANoticeTakesAKey() {
        val gate = region.gate()
        val notice = region.sign(DocumentKind.WITHDRAWAL, region.noticeJson(), "sh")
        fun named(sequence: Int, hash: String) = mapOf("sequence" to sequence, "sha256" to hash)
        val newer = region.draft(DocumentKind.TRUST_LIST, world.trustListJson(2))
        val content = mapOf(
            "issued_at" to "2026-11-23T00:00:00Z", "expires" to "2026-11-23T12:00:00Z",
            "roots" to named(1, hash(region.first)), "trust_list" to named(2, newer.hash()),
            "catalogue" to named(1, hash(region.catalogue)), "withdrawals" to listOf(hash(notice)),
        )
        val draft = region.draft(DocumentKind.INDEX, JSONObject(content).toString())
        assertEquals(1, notEnough { gate.installIndex(draft.sign(region.key("ah"), NOW).toJson(), NOW) }.notAdmitted)
        val index = draft.sign(region.indexKey, NOW).toJson()
        gate.installIndex(index, NOW)

        val gateKey = generateKey(Algorithm.ESP256).key
        gate.startReceipts("gate-1", gateKey)
        fun scan(nowUnixS: Long): Triple<Verdict, ByteArray, String> {
            val text = world.session().code(nowUnixS).text
            val scanned = gate.scanWithReceipt(text, world.at(nowUnixS))
            return Triple(scanned.verdict, (scanned.receipt as ReceiptOutcome.Written).bytes, text)
        }
        val told = scan(NOW)
        val missing = listOf(DocumentKind.TRUST_LIST, DocumentKind.WITHDRAWAL)
        assertTrue(Advisory.NewerExists(missing) in (told.first as Verdict.Accepted).acceptance.advisories)
        assertEquals("密钥停用通知", documentKindName(DocumentKind.WITHDRAWAL).zh)
        val preflight = gate.preflight(NOW + 60)
        assertEquals(60, preflight.index?.ageS)
        val endings = preflight.applications.single().endings.filter { it.reason is EndReason.NewerExists }
        assertEquals(missing.toSet(), endings.map { (it.reason as EndReason.NewerExists).kind }.toSet())
        assertEquals(setOf(0 to false), endings.map { it.number to it.refuses }.toSet())

        val others = region.sign(DocumentKind.WITHDRAWAL, region.noticeJson(), "js")
        assertEquals("cn-31", fails<InstallException.NotAnsweredFor> { gate.installWithdrawal(others, NOW) }.issuer)
        gate.installWithdrawal(notice, NOW)
        val refused = scan(NOW + 1)
        assertEquals(205, number(refused.first))

        // Both scans again, by the lists of that time.
        val roots = Roots.fromEdition(region.first)
        val keys = ReceiptKeys.of(listOf(gateKey.publicKey()))
        val archive = ReplayLists(listOf(roots), region.trustList, region.catalogue)
        fun ReplayLists.again(scan: Triple<Verdict, ByteArray, String>) = replay(scan.second, keys, scan.third)
        assertEquals(hash(index), fails<ReplayException.OtherNotice> { archive.again(told) }.missing)
        archive.addIndex(index)
        assertEquals(told.first, archive.again(told))
        assertEquals(hash(notice), fails<ReplayException.OtherNotice> { archive.again(refused) }.missing)
        archive.addWithdrawal(notice)
        assertEquals(refused.first, archive.again(refused))
        val later = ReplayLists(listOf(roots.walk(region.nextRoots())), region.trustList, region.catalogue)
        assertEquals(1, fails<ReplayException.OtherRoots> { later.again(told) }.receipt)
    }

    @Test
    fun otherRootsAreToldAndBegunWithAndUsedCodesStayUsed() {
        val morning = region.gate()
        morning.installRoots(region.nextRoots())
        val session = world.session()
        val used = session.code(NOW).text
        assertInstanceOf(Verdict.Accepted::class.java, morning.scan(used, world.at(NOW)))
        val gate = OneCodeScanner.restore(morning.snapshot(), Policy(withoutStatusLists = true))
        gate.roots().cameBy(Roots.fromEdition(region.first))

        val lone = Roots.fromKey(world.root.publicKey())
        val differ = fails<RootsDiffer.NotAmong> { gate.roots().cameBy(lone) }
        assertEquals(world.root.publicKey().jwkThumbprint(), differ.configured)
        assertEquals(hash(region.first) to 2L, differ.begun to differ.number)
        assertTrue("walked to edition 2" in "$differ", "$differ")

        gate.beginAnew(lone)
        gate.roots().cameBy(lone)
        assertEquals(701, number(gate.scan(session.code(NOW + 1).text, world.at(NOW + 1))))
        gate.installTrustList(world.trustList, NOW)
        gate.installCatalogue(world.catalogue, NOW)
        assertEquals(601, number(gate.scan(used, world.at(NOW + 2))))
        assertEquals(0, number(gate.scan(session.code(NOW + 2).text, world.at(NOW + 2))))
    }

    /** A holder's key is where only Java's own cryptography reaches it. */
    @Test
    fun holdersSignInThreePlacesAndOneJoins() {
        val module = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        val half = PublicKey.fromBytes(Algorithm.ESP256, point(module))
        val draft = region.draft(DocumentKind.TRUST_LIST, world.trustListJson())
        assertEquals(DocumentKind.TRUST_LIST, draft.kind())
        assertEquals(world.trustListJson(), draft.payload().decodeToString())
        assertEquals(Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(draft.payload())), draft.hash())
        assertTrue(draft.hash() in draft.words().zh && draft.hash() in draft.words().en)

        val prepared = draft.prepare(half, NOW)
        val (message, digest) = prepared.toBeSigned()
        assertArrayEquals(sha256(message), digest)
        assertEquals(draft.words(), prepared.words())
        fails<SigningException.DoesNotHold> { prepared.attach(region.key("zj").sign(message)) }
        val signature = Signature.getInstance("SHA256withECDSA").run {
            initSign(module.private)
            update(message)
            sign()
        }
        val byModule = prepared.attach(EncodedSignature.Der(signature))
        assertEquals(listOf(half.jwkThumbprint()), byModule.signers())
        assertEquals(listOf<String>(), draft.signers())

        // Two sign copies of it, and the copies are sent back.
        val sent = SignedDocument.fromJson(byModule.toJson())
        val copies = listOf("ah", "zj").map { sent.sign(region.key(it), NOW) }
        val joined = byModule.join(copies[0]).join(copies[1]).join(copies[1])
        assertEquals(listOf(half, region.key("ah").publicKey(), region.key("zj").publicKey()).map { it.jwkThumbprint() }, joined.signers())
        assertEquals(draft.hash(), joined.hash())
        // Nobody counts the module; js has a key of its own.
        val tally = notEnough { region.emptyGate().installTrustList(joined.toJson(), NOW) }
        assertEquals(1L to listOf("ah", "zj"), tally.unknown to tally.holders)
        region.emptyGate().installTrustList(joined.sign(region.key("js"), NOW).toJson(), NOW)
        OneCodeScanner(Roots.fromKey(half), Policy()).installTrustList(joined.toJson(), NOW)

        fails<SignDocumentException.NoMoreSignatures> { joined.prepare(half, NOW) }
        val other = region.draft(DocumentKind.TRUST_LIST, world.trustListJson(2))
        val two = fails<SignDocumentException.OtherDocument> { joined.join(other) }
        assertEquals(joined.hash() to other.hash(), two.ours to two.theirs)
        fails<SignDocumentException.DatedAhead> { draft.prepare(half, NOW - 90 * DAY) }
        val locked = object : DeviceKey {
            override fun publicKey() = half
            override fun sign(message: ByteArray) = throw SigningException.Locked()
        }
        val signing = fails<SignDocumentException.Signing> { draft.sign(locked, NOW) }.signing
        assertInstanceOf(SigningException.Locked::class.java, signing)
    }

    private fun sha256(bytes: ByteArray) = MessageDigest.getInstance("SHA-256").digest(bytes)

    /** SEC 1, uncompressed. */
    private fun point(pair: KeyPair): ByteArray {
        fun coordinate(number: BigInteger) = unhex("%064x".format(number))
        val point = (pair.public as ECPublicKey).w
        return byteArrayOf(4) + coordinate(point.affineX) + coordinate(point.affineY)
    }
}
