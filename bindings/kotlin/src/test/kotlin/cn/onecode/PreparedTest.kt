package cn.onecode

import cn.onecode.World.Companion.NOW
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What is prepared here and signed by Java's own keys, which answer whenever they like. */
class PreparedTest {
    private val world = World()

    private class JavaKey {
        private val pair = KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }

        // The point ends the SubjectPublicKeyInfo.
        val publicKey = PublicKey.fromBytes(Algorithm.ESP256, pair.public.encoded.takeLast(65).toByteArray())

        fun sign(message: ByteArray) = der("SHA256withECDSA", message)
        fun signDigest(digest: ByteArray) = der("NONEwithECDSA", digest)

        private fun der(algorithm: String, input: ByteArray) = Signature.getInstance(algorithm).run {
            initSign(pair.private)
            update(input)
            EncodedSignature.Der(sign())
        }
    }

    private val phone = JavaKey()
    private val issuer = JavaKey()

    @Test
    fun aCodeWhoseSignatureComesLaterIsTaken() {
        val session = PreparingSession(CardCredential.issue(world.claims(phone.publicKey), world.issuer))
        val never = session.prepare(NOW)
        val prepared = session.prepare(NOW)
        assertEquals(listOf(NOW, NOW), listOf(never, prepared).map { it.issuedAtUnixS() })
        assertTrue("2026-11-23T00:00:00Z" in prepared.words().zh, prepared.words().zh)

        val asked = prepared.toBeSigned()
        val wrong = assertThrows(MakeCodeException.Signing::class.java) {
            session.attach(prepared, phone.sign(asked.digest!!))
        }
        assertInstanceOf(SigningException.HashedTwice::class.java, wrong.signing)
        val code = session.attach(prepared, phone.signDigest(asked.digest!!))
        assertInstanceOf(Verdict.Accepted::class.java, world.scanner().scan(code.text, world.at(NOW)))

        val late = phone.sign(never.toBeSigned().message)
        assertThrows(MakeCodeException.SecondTaken::class.java) { session.attach(never, late) }
        assertEquals(NOW + 1, session.prepare(NOW).issuedAtUnixS())
    }

    @Test
    fun aWalletRemembersTheSecondsOfPreparedCodes() {
        val wallet = Wallet()
        val card = (wallet.add(CardCredential.issue(world.claims(phone.publicKey), world.issuer), "key", "card") as Added.New).card
        val session = wallet.preparingSession(card)
        val prepared = session.prepare(NOW, World.METRO)
        session.attach(prepared, phone.sign(prepared.toBeSigned().message))
        assertEquals(NOW + 1, wallet.preparingSession(card).prepare(NOW).issuedAtUnixS())
    }

    @Test
    fun aCredentialIsSignedInAnotherPlace() {
        val prepared = PreparedCredential(world.claims(phone.publicKey), issuer.publicKey)
        assertTrue("Home region: 310000" in prepared.words().en, prepared.words().en)
        val asked = prepared.toBeSigned()
        assertThrows(SigningException.DoesNotHold::class.java) { prepared.attach(phone.sign(asked.message)) }
        for (signature in listOf(issuer.sign(asked.message), issuer.signDigest(asked.digest!!))) {
            assertTrue(prepared.attach(signature).verify(issuer.publicKey))
        }
        assertEquals(asked.digest!!.toList(), issuer.publicKey.digest(asked.message)!!.toList())
    }
}
