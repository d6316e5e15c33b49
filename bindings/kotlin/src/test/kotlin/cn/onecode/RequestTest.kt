package cn.onecode

import java.security.MessageDigest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

private const val NOW = 1_795_392_000L

/** From a phone to its issuer and back. */
class RequestTest {
    private val issuer = generateKey(Algorithm.ESP256).key
    private val old = generateKey(Algorithm.ESP256).key
    private val new = generateKey(Algorithm.ESP256).key
    private val card = CardCredential.issue(
        CardClaims(310000, 7, listOf(0), 60, NOW + 30 * 86_400, NOW, holderKey = old.publicKey()), issuer,
    )
    private val secret = ChallengeKey(ByteArray(32) { 7 })
    private val person = HandedTo.Online("person 1".toByteArray())
    private val challenge = secret.challenge(person, NOW, NOW + 600, ByteArray(12))
    private val attestation = "a chain of certificates".toByteArray()

    private fun request(): CardRequest {
        val hash = MessageDigest.getInstance("SHA-256").digest(attestation)
        val claims = CardRequestClaims(NOW, new.publicKey(), challenge, hash, Replaces(Reason.MOVE))
        return CardRequest.make(claims, new)
    }

    @Test
    fun `a card moves to a new phone by two scans`() {
        val request = request()
        val question = MoveQuestion.read(request.text(), card, NOW + 20)
        assertTrue(question.words().en.startsWith("Move this card to another phone?"))
        val answer = CodeSession(card, old).consent(NOW + 25, question.agree())
        assertEquals(CardId(310000, 7), request.readAnswer(answer.text))

        val received = ReceivedCardRequest.fromText(request.text())
        val open = secret.open(received.unverifiedClaims().challenge, person)
        val verified = received.verify(open, NOW + 40, attestation)
        val move = VerifiedMove.verify(verified, answer.text, listOf(issuer.publicKey()), NOW + 40)
        val position = PositionOnRecord(move.card(), Status.VALID, old.publicKey(), listOf(), true)
        assertEquals(MoveStep.MOVE, move.admit(position, NOW + 40))
        val suspended = position.copy(status = Status.SUSPENDED)
        assertEquals(918, assertThrows(RequestRefusal.Refused::class.java) { move.admit(suspended, NOW + 40) }.number)
    }

    @Test
    fun `a phone collects later, and renews in time`() {
        val request = CardRequest.fromBytes(request().toBytes())
        val collect = ReceivedCollectRequest.fromBytes(request.collect(NOW + 86_400, new))
        assertEquals(request.name(), collect.requestName())
        collect.verify(new.publicKey(), NOW + 86_400)
        val due = renewalDueUnixS(card.claims())
        assertTrue(due in NOW + 16 * 3_600 until NOW + 24 * 3_600)
        assertTrue(retryWaitS(1, -1) in 450..900)
    }

    @Test
    fun `a wrong call is told`() {
        val claims = CardRequestClaims(NOW, new.publicKey(), ByteArray(15))
        assertThrows(MakeRequestException.Usage::class.java) { CardRequest.make(claims, new) }
        assertThrows(MakeRequestException.WrongKey::class.java) {
            CardRequest.make(claims.copy(challenge = challenge), old)
        }
        assertThrows(UsageException.RandomBytes::class.java) { ChallengeKey(ByteArray(31)) }
        val foreign = assertThrows(RequestRefusal.Refused::class.java) { MoveQuestion.read("OC1:", card, NOW) }
        assertEquals(801 to "other_text", foreign.number to foreign.problem)
    }
}
