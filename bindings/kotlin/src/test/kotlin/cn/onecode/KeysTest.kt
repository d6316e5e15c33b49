package cn.onecode

import cn.onecode.World.Companion.NOW
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What a device key may do, and what becomes of it. */
class KeysTest {
    private val world = World()

    private fun signing(sign: (ByteArray) -> EncodedSignature) = object : DeviceKey {
        override fun publicKey() = world.phone.publicKey()
        override fun sign(message: ByteArray) = sign(message)
    }

    private fun raw(message: ByteArray) = (world.phone.sign(message) as EncodedSignature.Raw).bytes

    private fun failure(key: DeviceKey): SigningException {
        val error = assertThrows(MakeCodeException.Signing::class.java) { world.session(key).code(NOW) }
        assertFalse(textsOf(error).contains("\tat "), textsOf(error))
        return error.signing
    }

    private fun assertAccepted(key: DeviceKey) {
        val verdict = world.scanner().scan(world.session(key).code(NOW).text, world.at(NOW))
        assertInstanceOf(Verdict.Accepted::class.java, verdict)
    }

    @Test
    fun aRawSignatureIsTaken() = assertAccepted(signing { EncodedSignature.Raw(raw(it)) })

    @Test
    fun aDerSignatureIsTaken() = repeat(20) { assertAccepted(signing { EncodedSignature.Der(der(raw(it))) }) }

    @Test
    fun garbageIsNotTaken() {
        val garbage = listOf(
            EncodedSignature.Raw(ByteArray(0)) to SigningException.WrongLength::class.java,
            EncodedSignature.Raw(ByteArray(63) { 1 }) to SigningException.WrongLength::class.java,
            EncodedSignature.Raw(ByteArray(1 shl 20)) to SigningException.WrongLength::class.java,
            EncodedSignature.Raw(ByteArray(64)) to SigningException.OutOfRange::class.java,
            EncodedSignature.Der(ByteArray(0)) to SigningException.NotDer::class.java,
            EncodedSignature.Der(ByteArray(70) { 0x30 }) to SigningException.NotDer::class.java,
            EncodedSignature.Der(ByteArray(1 shl 20) { -1 }) to SigningException.NotDer::class.java,
        )
        for ((signature, expected) in garbage) {
            assertInstanceOf(expected, failure(signing { signature }))
        }
        // What each of the two encodings is not: the other one.
        val swapped = failure(signing { EncodedSignature.Raw(der(raw(it))) })
        assertTrue((swapped as SigningException.WrongLength).found in 68..72)
        assertInstanceOf(SigningException.NotDer::class.java, failure(signing { EncodedSignature.Der(raw(it)) }))
    }

    /** 64 bytes that are no signature of this message: every gate would say 207, a forgery. */
    @Test
    fun aKeyThatSignsWronglyIsFoundAtTheFirstCode() {
        val other = generateKey(Algorithm.ESP256).key
        val wrong = listOf<(ByteArray) -> EncodedSignature>(
            { EncodedSignature.Raw(raw(it + 1)) },
            { other.sign(it) },
            { EncodedSignature.Raw(raw(it).also { raw -> raw[40] = (raw[40].toInt() xor 1).toByte() }) },
        )
        for (sign in wrong) assertInstanceOf(SigningException.DoesNotHold::class.java, failure(signing(sign)))

        // Once, and again for another object that stands for the key of a card in a wallet.
        var sound = true
        val key = signing { EncodedSignature.Raw(raw(if (sound) it else it + 1)) }
        val wallet = Wallet()
        val card = (wallet.add(world.card, "key", "card") as Added.New).card
        val session = wallet.session(card, key)
        session.code(NOW)
        sound = false
        session.code(NOW + 1)
        val again = wallet.session(card, key)
        val error = assertThrows(MakeCodeException.Signing::class.java) { again.code(NOW + 2) }
        assertInstanceOf(SigningException.DoesNotHold::class.java, error.signing)
        sound = true
        again.code(NOW + 2)
    }

    @Test
    fun aKeyThatThrowsIsAnErrorWithItsReason() {
        assertInstanceOf(SigningException.Locked::class.java, failure(signing { throw SigningException.Locked() }))
        assertInstanceOf(SigningException.Gone::class.java, failure(signing { throw SigningException.Gone() }))
        val refused = failure(signing { throw SigningException.Refused("busy") })
        assertEquals("busy", (refused as SigningException.Refused).reason)
        // What is no SigningException has a text that is none of ours, and a stack trace.
        val unexpected = failure(signing { throw IllegalStateException("a secret of the host") })
        assertFalse(textsOf(unexpected).contains("secret"), textsOf(unexpected))
        assertFalse(textsOf(unexpected).contains("IllegalState"), textsOf(unexpected))
    }

    @Test
    fun aKeyWithoutItsPublicHalfMakesNoSession() {
        val broken = object : DeviceKey {
            override fun publicKey(): PublicKey = throw SigningException.Gone()
            override fun sign(message: ByteArray) = throw AssertionError("not to be asked")
        }
        val error = assertThrows(MakeCodeException.Signing::class.java) { world.session(broken) }
        assertInstanceOf(SigningException.Gone::class.java, error.signing)
        assertThrows(MakeCodeException.WrongKey::class.java) { world.session(generateKey(Algorithm.ESP256).key) }
    }

    @Test
    fun aKeyThatCallsItsSessionIsStopped() {
        lateinit var session: CodeSession
        var inner: Throwable? = null
        val key = signing { message ->
            inner = runCatching { session.code(NOW) }.exceptionOrNull()
            EncodedSignature.Raw(raw(message))
        }
        session = world.session(key)
        session.code(NOW)
        val usage = assertInstanceOf(MakeCodeException.Usage::class.java, inner).usage
        assertInstanceOf(UsageException.Reentrant::class.java, usage)
    }

    @Test
    fun everyAlgorithmSignsAndIsReadBack() {
        for (algorithm in Algorithm.entries) {
            val generated = generateKey(algorithm)
            val key = softwareKey(generated.pkcs8)
            assertEquals(generated.key.publicKey(), key.publicKey())
            val message = "一码通".toByteArray()
            assertTrue(key.publicKey().verify(message, generated.key.sign(message)))
            assertFalse(key.publicKey().verify(message + 1, generated.key.sign(message)))
            assertEquals(key.publicKey(), PublicKey.fromJwk(key.publicKey().toJwk()))
        }
    }
}

/** `SEQUENCE { r INTEGER, s INTEGER }`. */
private fun der(raw: ByteArray): ByteArray {
    fun integer(bytes: ByteArray) = java.math.BigInteger(1, bytes).toByteArray().let { byteArrayOf(2, it.size.toByte()) + it }
    val both = integer(raw.copyOfRange(0, 32)) + integer(raw.copyOfRange(32, 64))
    return byteArrayOf(0x30, both.size.toByte()) + both
}
