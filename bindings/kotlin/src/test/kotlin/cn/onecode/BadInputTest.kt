package cn.onecode

import cn.onecode.World.Companion.NOW
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

/** Everything that a caller can pass and should not: a typed error or a refusal, and no stack trace. */
class BadInputTest {
    private val world = World()
    private val scanner = world.scanner()
    private val roots = Roots.fromKey(world.root.publicKey())

    private inline fun <reified E : Throwable> fails(noinline call: () -> Any?): E {
        val error = assertThrows(E::class.java) { call() }
        assertFalse(textsOf(error).contains(Regex("\tat |\\.rs:|panicked")), textsOf(error))
        return error
    }

    private fun number(text: String, context: ScanContext = world.at(NOW)) =
        (scanner.scan(text, context) as Verdict.Refused).message.number

    @Test
    fun texts() {
        assertEquals(101, number(""))
        assertEquals(102, number("OC1:".repeat(4 shl 20)))
        assertEquals(103, number("a"))
        assertEquals(103, number("\u0000\u0000"))
        assertEquals(106, number("OC1:\u0000\u0000\u0000"))
        // Half a surrogate pair is no text; a reader may say so all the same.
        assertEquals(103, number("\ud83d"))
        assertEquals(106, number("OC1:ABC\ud83d"))
        assertEquals(106, number("OC1:一码通"))
        assertEquals(105, number("\ufeffOC1:ABC"))
        assertEquals(110, number("https://example.cn"))
    }

    @Test
    fun contexts() {
        val code = world.session().code(NOW).text
        for (application in listOf(0, -1, 65_536, Int.MAX_VALUE, Int.MIN_VALUE)) {
            val error = fails<UsageException.Application> { scanner.scan(code, ScanContext(application, 310000, NOW)) }
            assertEquals(application, error.number)
        }
        for (place in listOf(0, -310000, 31, 999_999, Int.MIN_VALUE)) {
            fails<UsageException.Region> { scanner.scan(code, ScanContext(101, place, NOW)) }
        }
        for (length in listOf(0, 4, 16, 1 shl 20)) {
            val error = fails<UsageException.Challenge> { scanner.scan(code, ScanContext(101, 310000, NOW, ByteArray(length))) }
            assertEquals(length.toLong(), error.length)
        }
        for (now in listOf(Long.MIN_VALUE, -1, 0)) {
            assertInstanceOf(Verdict.Refused::class.java, scanner.scan(code, world.at(now)))
        }
        for (milliseconds in listOf(NOW * 1000, Long.MAX_VALUE)) {
            val error = fails<UsageException.Time> { scanner.scan(code, world.at(milliseconds)) }
            assertEquals(milliseconds, error.unixS)
        }
        fails<UsageException.Seconds> { OneCodeScanner(roots, Policy(toleranceS = -1)) }
        fails<UsageException.Seconds> { OneCodeScanner(roots, Policy(toleranceS = 65_536)) }
    }

    @Test
    fun lists() {
        val bytes = listOf(ByteArray(0), ByteArray(1), ByteArray(1 shl 20) { 'a'.code.toByte() }, "a.b.c".toByteArray())
        for (list in bytes) {
            fails<InstallException.Document> { scanner.installRoots(list) }
            fails<InstallException.Document> { scanner.installTrustList(list, NOW) }
            fails<InstallException.Document> { scanner.installCatalogue(list, NOW) }
            fails<InstallException.Document> { scanner.installWithdrawal(list, NOW) }
            fails<InstallException.Document> { scanner.installIndex(list, NOW) }
            fails<DocumentException> { Roots.fromEdition(list) }
            fails<DocumentException> { SignedDocument.fromJson(list) }
            fails<InstallException.Status> { scanner.installStatus(list, NOW) }
        }
        val kind = fails<InstallException.Document> { scanner.installCatalogue(world.trustList, NOW) }.document
        assertInstanceOf(DocumentException.WrongKind::class.java, kind)
        fails<InstallException.NoTrustList> { OneCodeScanner(roots, Policy()).installStatus(publication().first(), NOW) }
        for (json in listOf("", "{", "[]", "null", "{\"sequence\":-1}", "x".repeat(1 shl 20))) {
            for (kind in DocumentKind.entries) {
                fails<DocumentException.Content> { SignedDocument.ofPayload(kind, json.toByteArray()) }
            }
        }
        for (hash in listOf("", "a", "=".repeat(43), "B".repeat(43), "A".repeat(44))) {
            fails<UsageException.DocumentHash> { Roots.fromHash(hash) }
        }
        // None of it has changed anything.
        assertInstanceOf(Verdict.Accepted::class.java, scanner.scan(world.session().code(NOW).text, world.at(NOW)))
    }

    private fun publication(key: DeviceKey = world.issuer) =
        StatusIssuer("cn-31", 8).publish(StatusPublication(NOW, NOW + World.DAY, 3600), key)

    @Test
    fun cards() {
        val claims = world.claims(world.phone.publicKey())
        fun issue(claims: CardClaims) = CardCredential.issue(claims, world.issuer)
        fails<IssueException.Usage> { issue(claims.copy(region = 1)) }
        fails<IssueException.Usage> { issue(claims.copy(statusIndex = -1)) }
        fails<IssueException.Usage> { issue(claims.copy(statusIndex = 1L shl 32)) }
        fails<IssueException.Usage> { issue(claims.copy(entitlements = listOf(64))) }
        fails<IssueException.Usage> { issue(claims.copy(entitlements = listOf(-1))) }
        fails<IssueException.Window> { issue(claims.copy(maxWindowS = 0)) }
        fails<IssueException.Window> { issue(claims.copy(maxWindowS = 301)) }
        fails<IssueException.Usage> { issue(claims.copy(maxWindowS = -60)) }
        fails<IssueException.Time> { issue(claims.copy(expiresUnixS = NOW * 1000)) }
        val throwing = object : DeviceKey {
            override fun publicKey() = world.issuer.publicKey()
            override fun sign(message: ByteArray): EncodedSignature = throw SigningException.Locked()
        }
        fails<IssueException.Signing> { CardCredential.issue(claims, throwing) }
        fails<StatusListException.Signing> { publication(throwing) }
        fails<CredentialException.Form> { CardCredential.fromBytes(ByteArray(0)) }
        fails<CredentialException.Form> { CardCredential.fromBytes(world.card.toBytes() + 0) }
        fails<CredentialException.Form> { CardCredential.fromBytes(ByteArray(1 shl 20)) }
        assertEquals(world.card, CardCredential.fromBytes(world.card.toBytes()))
    }

    @Test
    fun codes() {
        val session = world.session()
        fails<MakeCodeException.Time> { session.code(-1) }
        fails<MakeCodeException.Time> { session.code(Long.MIN_VALUE) }
        fails<MakeCodeException.CardExpired> { session.code(NOW + 40 * World.DAY) }
        fails<MakeCodeException.Usage> { session.boundCode(NOW, 0) }
        fails<MakeCodeException.Usage> { session.boundCode(NOW, 101, ByteArray(4)) }
        repeat(6) { session.code(NOW) }
        fails<MakeCodeException.NoUnusedSecond> { session.code(NOW) }
    }

    @Test
    fun keys() {
        fails<KeyException.NotPkcs8> { softwareKey(ByteArray(0)) }
        fails<KeyException.NotPkcs8> { softwareKey(ByteArray(1 shl 20)) }
        fails<KeyException.NotAKey> { PublicKey.fromBytes(Algorithm.ESP256, ByteArray(33)) }
        fails<KeyException.NotAKey> { PublicKey.fromBytes(Algorithm.SM2, ByteArray(0)) }
        fails<KeyException.NotAJwk> { PublicKey.fromJwk("") }
        fails<KeyException.JwkNotBase64Url> { PublicKey.fromJwk("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA==\"}") }
        fails<KeyException.UnknownCurve> { PublicKey.fromJwk("{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"\"}") }
        fails<KeyException.Private> { PublicKey.fromJwk("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\",\"d\":\"\"}") }
        fails<KeyException.Usage> { PublicKey.sm2WithId(ByteArray(33), ByteArray(33)) }
        assertFalse(world.root.publicKey().verify(ByteArray(0), EncodedSignature.Raw(ByteArray(0))))
    }

    @Test
    fun pictures() {
        fails<QrException.Empty> { QrCode.draw("") }
        fails<QrException.NotAlphanumeric> { QrCode.draw("一") }
        fails<QrException.TooLong> { QrCode.draw("A".repeat(1 shl 20)) }
        for (px in listOf(Int.MIN_VALUE, -1, 0, 65, Int.MAX_VALUE)) {
            fails<QrException.ModuleSize> { QrCode.draw("A").toPng(px) }
        }
    }

    @Test
    fun walletsSnapshotsChallenges() {
        val wallet = Wallet()
        fails<AddCardException.NameTooLong> { wallet.add(world.card, "a".repeat(257), "") }
        fails<MakeCodeException.NoSuchCard> { wallet.session(CardId(310000, 7), world.phone) }
        fails<MakeCodeException.Usage> { wallet.session(CardId(1, -7), world.phone) }
        fails<WalletBytesException.NotAWallet> { Wallet.fromBytes(ByteArray(0)) }
        wallet.add(world.card, "key", "自己的卡")
        val bytes = wallet.toBytes()
        assertEquals("自己的卡", Wallet.fromBytes(bytes).cards().single().label)
        fails<WalletBytesException.Damaged> { Wallet.fromBytes(bytes.also { it[20] = (it[20] + 1).toByte() }) }
        fails<WalletBytesException.TooLarge> { Wallet.fromBytes(ByteArray(1 shl 20)) }

        val session = wallet.session(CardId(310000, 7), world.phone)
        wallet.remove(CardId(310000, 7))
        fails<MakeCodeException.NoSuchCard> { session.code(NOW) }

        fails<SnapshotException.NotASnapshot> { OneCodeScanner.restore(ByteArray(0), Policy()) }
        val snapshot = scanner.snapshot()
        fails<SnapshotException.Damaged> { OneCodeScanner.restore(snapshot + 0, Policy()) }
        fails<SnapshotException.Usage> { OneCodeScanner.restore(snapshot, Policy(-1)) }

        fails<UsageException.VenueKey> { scanner.duplicatesSummaries(ByteArray(31), NOW) }
        fails<SummaryException.Usage> { scanner.mergeDuplicates(ByteArray(0), ByteArray(0), NOW) }
        fails<SummaryException.Form> { scanner.mergeDuplicates(ByteArray(0), ByteArray(32), NOW) }
        fails<ChallengeTextException.Length> { challengeFromText("") }
        fails<ChallengeTextException.Character> { challengeFromText("ABCD-EFG一") }
        fails<ChallengeException.Usage> { scanner.expectChallenge(ByteArray(1), NOW + 60, NOW) }
        fails<ChallengeException.Lifetime> { scanner.expectChallenge(ByteArray(8), NOW, NOW) }
        fails<UsageException.Entries> { scanner.setDuplicateCapacity(-1) }
        fails<UsageException.StatusIndex> { StatusIssuer("cn-31", -1) }
        val issuer = StatusIssuer("cn-31", 8)
        issuer.revoke(3)
        assertEquals(Status.REVOKED, fails<EventException.NotPossible> { issuer.restore(3) }.status)
        assertEquals(null, fails<EventException.NotPossible> { issuer.suspend(8) }.status)
        assertEquals(null, messageOf(-1))
        assertInstanceOf(Explanation.Unreadable::class.java, explain("\ud83d"))
    }

    @Test
    fun afterClose() {
        val closed = world.scanner().also { it.close() }
        closed.close()
        fails<IllegalStateException> { closed.scan("", world.at(NOW)) }
        fails<IllegalStateException> { closed.installStatus(ByteArray(0), NOW) }
        val session = world.session().also { it.close() }
        fails<IllegalStateException> { session.code(NOW) }
        val card = CardCredential.fromBytes(world.card.toBytes()).also { it.close() }
        fails<IllegalStateException> { CodeSession(card, world.phone) }
        val key = PublicKey.fromJwk(world.root.publicKey().toJwk()).also { it.close() }
        fails<IllegalStateException> { Roots.fromKey(key) }
        // What was made from an object does not need it any longer.
        val other = World()
        val codes = other.session()
        other.card.close()
        codes.code(NOW)
    }
}
