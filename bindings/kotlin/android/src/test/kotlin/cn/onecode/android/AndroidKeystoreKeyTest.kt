package cn.onecode.android

import android.os.Build
import android.security.keystore.UserNotAuthenticatedException
import cn.onecode.CardClaims
import cn.onecode.CardCredential
import cn.onecode.CodeSession
import cn.onecode.EncodedSignature
import cn.onecode.MakeCodeException
import cn.onecode.SigningException
import cn.onecode.Algorithm
import cn.onecode.generateKey
import java.security.KeyStoreException
import java.security.ProviderException
import java.security.SignatureException
import java.security.UnrecoverableKeyException
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

private const val NOW = 1_795_392_000L

@RunWith(Runner::class)
@Config(sdk = [24, 35])
class AndroidKeystoreKeyTest {
    @Before fun freshPhone() = Phone.fresh()

    @Test
    @Config(sdk = [24, 28, 35])
    fun `StrongBox first, and says so`() {
        val key = AndroidKeystoreKey.create("card")
        val expected =
            if (Build.VERSION.SDK_INT >= 28) KeyProtection.STRONGBOX
            else KeyProtection.SECURE_HARDWARE
        assertEquals(expected, key.protection)
        // Only a phone since Android 12 can say it of a key that it has had before.
        val reopened = AndroidKeystoreKey.open("card")!!.protection
        assertEquals(
            if (Build.VERSION.SDK_INT >= 31) expected else KeyProtection.SECURE_HARDWARE,
            reopened,
        )
    }

    @Test
    fun `without StrongBox, or with a broken one, the trusted environment`() {
        val expected =
            if (Build.VERSION.SDK_INT >= 31) KeyProtection.TRUSTED_ENVIRONMENT
            else KeyProtection.SECURE_HARDWARE
        Phone.hasStrongBox = false
        assertEquals(expected, AndroidKeystoreKey.create("none").protection)
        Phone.hasStrongBox = true
        Phone.strongBoxIsBroken = true
        assertEquals(expected, AndroidKeystoreKey.create("broken").protection)
        Phone.hasSecureHardware = false
        assertEquals(KeyProtection.SOFTWARE, AndroidKeystoreKey.create("emulator").protection)
    }

    @Test
    fun `a code by the key is the phone's, in DER and said to be DER`() {
        val key = AndroidKeystoreKey.create("card")
        val message = "the message itself, not a hash".toByteArray()
        val signature = key.sign(message)
        assertTrue(signature is EncodedSignature.Der)
        assertTrue(key.publicKey().verify(message, signature))
        assertFalse(key.publicKey().verify(message + 0, signature))
        assertTrue(CodeSession(credentialFor(key), key).code(NOW).text.startsWith("OC1:"))
    }

    @Test
    fun `every public key is read, short coordinates too`() {
        var short = 0
        for (number in 1..300) {
            val key = AndroidKeystoreKey.create("card $number")
            val compressed = key.publicKey().toBytes()
            assertEquals(33, compressed.size)
            if (compressed[1] == 0.toByte()) short += 1
            assertTrue(key.publicKey().verify(compressed, key.sign(compressed)))
        }
        println("$short of 300 keys have a coordinate that starts with a zero byte")
    }

    @Test
    fun `the issuer's challenge is in the certificate`() {
        val challenge = ByteArray(32) { it.toByte() }
        val key = AndroidKeystoreKey.create("card", attestationChallenge = challenge)
        assertArrayEquals(challenge, key.certificateChain.single())
        assertTrue(key.isAttested)
        assertFalse(AndroidKeystoreKey.create("another").isAttested)
        assertArrayEquals(challenge, AndroidKeystoreKey.open("card")!!.certificateChain.single())
    }

    @Test
    fun `authentication is asked for only when wanted`() {
        AndroidKeystoreKey.create("free")
        assertFalse(Phone.asked!!.isUserAuthenticationRequired)
        AndroidKeystoreKey.create("guarded", authenticationValidS = 300)
        assertTrue(Phone.asked!!.isUserAuthenticationRequired)
        @Suppress("DEPRECATION")
        assertEquals(300, Phone.asked!!.userAuthenticationValidityDurationSeconds)
    }

    @Test
    fun `a key is never replaced unasked`() {
        assertNull(AndroidKeystoreKey.open("card"))
        val first = AndroidKeystoreKey.create("card")
        assertThrows(IllegalStateException::class.java) { AndroidKeystoreKey.create("card") }
        assertEquals(first.publicKey(), AndroidKeystoreKey.open("card")!!.publicKey())
        AndroidKeystoreKey.delete("card")
        assertNull(AndroidKeystoreKey.open("card"))
        AndroidKeystoreKey.delete("card")
        assertNotNull(AndroidKeystoreKey.create("card"))
    }

    @Test
    fun `what the keystore throws comes back by its type, through the core`() {
        val key = AndroidKeystoreKey.create("card")
        val session = CodeSession(credentialFor(key), key)
        fun failure() =
            assertThrows(MakeCodeException.Signing::class.java) { session.code(NOW) }.signing

        Phone.locked = true
        assertTrue(failure() is SigningException.Locked)
        Phone.locked = false
        Phone.invalidated = true
        assertTrue(failure() is SigningException.Gone)
        Phone.invalidated = false
        Phone.fault = ProviderException("keystore died")
        val refused = failure() as SigningException.Refused
        assertTrue(refused.reason, "keystore died" in refused.reason)
        assertFalse(refused.reason, "\tat " in refused.reason)
        Phone.fault = null
        assertTrue(session.code(NOW).text.startsWith("OC1:"))
    }

    @Test
    fun `the reason has every cause, and the keystore's own number or text`() {
        val key = AndroidKeystoreKey.create("card")
        val texts = mapOf(-30 to "Signature/MAC verification failed", -33 to "Invalid key blob", -1000 to "Unknown error")
        for (code in listOf(-30, -33, -49, -1000, -10003, 4)) {
            Phone.fault = SignatureException(keystoreFailure(code))
            val refused = refused { key.sign(byteArrayOf()) }
            val number = if (Build.VERSION.SDK_INT >= 31) "internal Keystore code: $code" else texts[code] ?: "$code"
            assertTrue("$code: ${refused.reason}", number in refused.reason || code == 4 && "System error" in refused.reason)
            assertTrue(refused.reason, "SignatureException" in refused.reason)
            assertFalse(refused.reason, "\tat " in refused.reason)
        }
        // Three deep, as StrongBox does; and round in circles, as nobody should.
        val deep = ProviderException("Keystore operation failed", SignatureException("no", keystoreFailure(-49)))
        Phone.fault = deep
        assertTrue(listOf("Keystore operation failed", "no", "-49").all { it in refused { key.sign(byteArrayOf()) }.reason })
        Phone.fault = RuntimeException("one").apply { initCause(RuntimeException("two", this)) }
        assertTrue(refused { key.sign(byteArrayOf()) }.reason.endsWith("two"))
        // What is none of security's exceptions, through the core as well.
        Phone.fault = NullPointerException("in the keystore")
        val session = CodeSession(credentialFor(key), key)
        val signing = assertThrows(MakeCodeException.Signing::class.java) { session.code(NOW) }.signing
        assertTrue("in the keystore" in (signing as SigningException.Refused).reason)
    }

    @Test
    fun `a key that waits for the user is locked, whoever says so`() {
        val key = AndroidKeystoreKey.create("card")
        for (code in listOf(-26, -72, 2)) {
            Phone.fault = SignatureException(keystoreFailure(code))
            assertThrows("$code", SigningException.Locked::class.java) { key.sign(byteArrayOf()) }
        }
        Phone.fault = SignatureException(UserNotAuthenticatedException())
        assertThrows(SigningException.Locked::class.java) { key.sign(byteArrayOf()) }
    }

    @Test
    fun `a key that is no more is gone, whoever says so`() {
        val key = AndroidKeystoreKey.create("card")
        for (code in listOf(7, 17)) {
            Phone.fault = ProviderException("Keystore operation failed", keystoreFailure(code))
            assertThrows("$code", SigningException.Gone::class.java) { key.sign(byteArrayOf()) }
        }
    }

    @Test
    @Config(sdk = [24, 28, 35])
    fun `a phone without attestation keys gets a key all the same, and says so`() {
        Phone.attestationFault = -74
        val challenge = ByteArray(32)
        val key = AndroidKeystoreKey.create("card", challenge)
        assertFalse(key.isAttested)
        assertFalse(AndroidKeystoreKey.open("card")!!.isAttested)
        val strongBox = Build.VERSION.SDK_INT >= 28
        if (strongBox) assertEquals(KeyProtection.STRONGBOX, key.protection)
        // StrongBox first, each time; the challenge given up only after both.
        val tries = listOf(true to true, false to true, true to false, false to false)
        val made = if (strongBox) tries.take(3) else listOf(false to true, false to false)
        assertEquals(made, Phone.tries)
        Phone.tries.clear()
        Phone.hasStrongBox = false
        assertFalse(AndroidKeystoreKey.create("second", challenge).isAttested)
        assertEquals(tries.filter { strongBox || !it.first }, Phone.tries)
    }

    @Test
    fun `a phone that cannot attest at the moment makes no other key`() {
        for (code in listOf(-49, 4, 24)) {
            Phone.attestationFault = code
            val refused = refused { AndroidKeystoreKey.create("card", ByteArray(32)) }
            assertTrue(refused.reason, "Failed to generate key pair" in refused.reason)
            assertNull(AndroidKeystoreKey.open("card"))
        }
    }

    private fun refused(call: () -> Any?) = assertThrows(SigningException.Refused::class.java) { call() }

    @Test
    fun `a key that cannot be looked at now is not called gone`() {
        AndroidKeystoreKey.create("card")
        // What Android throws for an invalidated key, and when its keystore does not answer.
        Phone.lookUpFault = UnrecoverableKeyException("Key permanently invalidated")
        assertThrows(SigningException.Gone::class.java) { AndroidKeystoreKey.open("card") }
        Phone.lookUpFault = UnrecoverableKeyException("Failed to obtain information about key")
        Phone.lookUpFault!!.initCause(KeyStoreException("system error"))
        assertThrows(SigningException.Refused::class.java) { AndroidKeystoreKey.open("card") }
        Phone.lookUpFault = null
        assertNotNull(AndroidKeystoreKey.open("card"))
    }

    @Test
    fun `without a screen lock there is no guarded key, by type`() {
        Phone.hasScreenLock = false
        assertThrows(SigningException.Refused::class.java) {
            AndroidKeystoreKey.create("card", authenticationValidS = 300)
        }
        assertNull(AndroidKeystoreKey.open("card"))
        assertNotNull(AndroidKeystoreKey.create("card"))
    }

    private fun credentialFor(key: AndroidKeystoreKey): CardCredential {
        val claims =
            CardClaims(
                region = 310000,
                statusIndex = 7,
                entitlements = listOf(),
                maxWindowS = 60,
                expiresUnixS = NOW + 86_400,
                holderKey = key.publicKey(),
            )
        return CardCredential.issue(claims, generateKey(Algorithm.ESP256).key)
    }
}
