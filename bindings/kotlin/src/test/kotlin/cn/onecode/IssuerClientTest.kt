package cn.onecode

import cn.onecode.TestService.Companion.now
import cn.onecode.TestService.Companion.phoneKey
import java.io.IOException
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The client at the running service: what phones do there, from the first card to the next phone. */
class IssuerClientTest {
    @Test
    fun `a holder applies, and the phone shows codes and renews`() {
        service.grant("holder 1")
        val client = service.client("holder 1")
        val key = phoneKey()
        val issued = client.enrol(key)
        val claims = issued.credential.claims()
        assertEquals(key.publicKey(), claims.holderKey)
        assertTrue(issued.credential.verify(service.issuer.publicKey()))
        assertTrue(CodeSession(issued.credential, key).code(now()).text.startsWith("OC1:"))
        assertFalse(client.isRenewalDue(issued.credential))
        val tomorrow = CodeClock { System.currentTimeMillis() + 86_400_000L }
        assertTrue(service.client("holder 1", clock = tomorrow).isRenewalDue(issued.credential))

        // So that the challenge that came with it is older than the next.
        Thread.sleep(1_100)
        // An answer was lost, and the phone asks again: it is the same position.
        assertEquals(claims.statusIndex, client.enrol(key).credential.claims().statusIndex)
        // With the challenge that came with the credential, without one, and with one that was used.
        val calls = ArrayList<String>()
        val counted = service.client("holder 1", exchange = { call, bearer ->
            calls += call.url.removePrefix(service.url)
            assertEquals(null, bearer, "a renewal needs no sign-in")
            UrlConnectionExchange().exchange(call, bearer)
        })
        val renewed = counted.renew(key, client.enrol(key).nextChallenge)
        assertEquals(listOf("/renewal"), calls)
        assertEquals(claims.statusIndex, renewed.credential.claims().statusIndex)
        calls.clear()
        counted.renew(key)
        assertEquals(listOf("/nonce", "/renewal"), calls)
        calls.clear()
        counted.renew(key, issued.nextChallenge)
        assertEquals(listOf("/renewal", "/nonce", "/renewal"), calls)
    }

    @Test
    fun `a code from a counter brings the card, and a lost answer is collected`() {
        val code = service.grant("holder 2")!!
        val open = service.client("nobody")
        val token = open.token(code)
        assertTrue(token.expiresUnixS > now())
        val atCounter = IssuerClient(service.url, { token.token })
        val key = phoneKey()
        val request = CardRequest.make(
            CardRequestClaims(now(), key.publicKey(), atCounter.challenge().challenge), key,
        )
        // The phone sends it, and goes offline before the answer is there.
        val sent = IssuerService(service.url).credential(request)
        UrlConnectionExchange().exchange(sent, token.token)
        val issued = open.collect(CardRequest.fromBytes(request.toBytes()), key)
        assertEquals(key.publicKey(), issued.credential.claims().holderKey)
        assertEquals(946, number { open.token(code); atCounter.enrol(phoneKey()) })
    }

    @Test
    fun `an answer that was lost is got by the same request, and collected when its challenge has ended`() {
        TestService(cards = "challenge_lasts_s = 2\nphones = 1").use { hasty ->
            hasty.grant("holder")
            var lost = 0
            val client = hasty.client("holder", exchange = { call, bearer ->
                val answer = UrlConnectionExchange().exchange(call, bearer)
                if (call.url.endsWith("/credential") && lost++ == 0) throw IOException("the network is gone")
                answer
            })
            val key = phoneKey()
            val request = client.beginEnrol(key)
            val gone = assertThrows(IOException::class.java) { client.finishEnrol(request, key) }
            assertTrue(client.retryWaitS(1, gone)!! > 0)
            // The app was ended meanwhile, and has kept the request.
            val kept = CardRequest.fromBytes(request.toBytes())
            val issued = client.finishEnrol(kept, key)
            Thread.sleep(3_100)
            val collected = client.finishEnrol(kept, key)
            assertArrayEquals(issued.credential.toBytes(), collected.credential.toBytes())
            client.renew(key, collected.nextChallenge)
            assertEquals(1, client.cards().single().phones.size)
        }
    }

    @Test
    fun `a card moves to a new phone by two scans, and the old phone learns of it`() {
        val old = service.enrolled("holder 3")
        val client = service.client("holder 3")
        val newKey = phoneKey()
        val request = client.beginMove(newKey, CardId(310000, old.claims.statusIndex))
        // The texts are what the cameras read.
        val consent = old.agree(request)
        val moved = client.finishMove(request, newKey, consent)
        assertEquals(old.claims.statusIndex, moved.credential.claims().statusIndex)
        // The answer was lost: the same again.
        assertEquals(moved.credential.claims().statusIndex, client.finishMove(request, newKey, consent).credential.claims().statusIndex)
        client.renew(newKey, moved.nextChallenge)
        assertEquals(921, number { client.renew(old.key, old.issued.nextChallenge) })
        val refused = assertThrows(RequestRefusal.Refused::class.java) {
            client.finishMove(request, newKey, old.agree(client.beginMove(phoneKey())))
        }
        assertEquals(809, refused.number)
    }

    @Test
    fun `a holder sees the own card, and reports one phone lost, then the card`() {
        val first = service.enrolled("holder 4")
        val client = service.client("holder 4")
        val second = phoneKey()
        val other = client.enrol(second)
        val card = client.cards().single()
        assertEquals("holder 4" to Status.VALID, card.reference to card.state)
        assertEquals(310000 to listOf(0, 1), card.region to card.entitlements)
        val phones = listOf(first.key, second).map { it.publicKey().thumbprint() }
        assertEquals(phones.toSet(), card.phones.map { it.phone }.toSet())

        val after = client.reportLost(card.reference, first.key.publicKey().thumbprint())
        val states = after.phones.associate { it.phone to it.state }
        assertEquals(mapOf(phones[0] to Status.REVOKED, phones[1] to Status.VALID), states)
        assertEquals(Status.SUSPENDED, client.reportLost(card.reference).state)
        assertEquals(918, number { client.renew(second, other.nextChallenge) })

        service.asStaff("/staff/cards/holder%204/restore")
        val replaced = client.enrol(
            phoneKey(), replaces = Replaces(Reason.LOST, CardId(310000, other.credential.claims().statusIndex)),
        )
        assertTrue(replaced.credential.claims().statusIndex != other.credential.claims().statusIndex)
        assertEquals(919, number { client.renew(second) })
    }

    companion object {
        private val service by lazy { TestService() }

        @AfterAll
        @JvmStatic
        fun end() = service.close()
    }
}

/** The number of the problem that a call meets. */
internal fun number(call: () -> Unit): Int? = problem(call).number

internal fun problem(call: () -> Unit): IssuerProblem =
    assertThrows(IssuerException.Problem::class.java) { call() }.problem
