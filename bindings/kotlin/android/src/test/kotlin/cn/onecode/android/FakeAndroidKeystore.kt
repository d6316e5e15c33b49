package cn.onecode.android

import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.io.InputStream
import java.io.OutputStream
import java.math.BigInteger
import java.security.InvalidAlgorithmParameterException
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.Principal
import java.security.PrivateKey
import java.security.Provider
import java.security.ProviderException
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.Signature
import java.security.SignatureSpi
import java.security.UnrecoverableKeyException
import java.security.cert.Certificate
import java.security.cert.X509Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import org.robolectric.shadow.api.Shadow
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter

/** What the phone has, and how its keystore behaves. */
object Phone {
    var hasStrongBox = true
    /** StrongBox fails without saying that it is StrongBox, as some do. */
    var strongBoxIsBroken = false
    var hasSecureHardware = true
    var locked = false
    var invalidated = false
    var hasScreenLock = true
    /** What is thrown when the key is looked for, if anything. */
    var lookUpFault: UnrecoverableKeyException? = null
    /** What `sign` throws, if anything. */
    var fault: Exception? = null
    /** The keystore's number for why it attests no key, if it does not. */
    var attestationFault: Int? = null
    /** The keys that were asked for: in StrongBox or not, with a challenge or not. */
    val tries = mutableListOf<Pair<Boolean, Boolean>>()
    val entries = LinkedHashMap<String, Entry>()
    /** The parameters that the last key was asked for with. */
    var asked: KeyGenParameterSpec? = null

    class Entry(val key: FakePrivateKey, val certificate: FakeCertificate)

    fun fresh() {
        hasStrongBox = true
        strongBoxIsBroken = false
        hasSecureHardware = true
        locked = false
        invalidated = false
        hasScreenLock = true
        lookUpFault = null
        fault = null
        attestationFault = null
        tries.clear()
        entries.clear()
        asked = null
        Security.removeProvider(FakeAndroidKeystore.NAME)
        Security.addProvider(FakeAndroidKeystore())
    }
}

/** A key whose bytes nobody sees, like the real ones. */
class FakePrivateKey(val inside: PrivateKey, val strongBox: Boolean) : PrivateKey {
    override fun getAlgorithm() = "EC"

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

/** What Android's own keystore makes of a number of the keystore's, with the texts of its version. */
fun keystoreFailure(code: Int): Exception =
    if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
        ReflectionHelpers.callStaticMethod(
            Class.forName("android.security.KeyStore"),
            "getKeyStoreException",
            ClassParameter.from(Int::class.java, code),
        )
    } else {
        val text =
            ReflectionHelpers.callStaticMethod<String>(
                Class.forName("android.security.keymaster.KeymasterDefs"),
                "getErrorMessage",
                ClassParameter.from(Int::class.java, code),
            )
        KeyStoreException::class.java
            .getConstructor(Int::class.java, String::class.java, String::class.java)
            .newInstance(code, text, "In KeystoreOperation")
    }

/** Carries the challenge in place of its bytes, and the extension where a real one has both. */
class FakeCertificate(private val key: PublicKey, private val challenge: ByteArray?) :
    X509Certificate() {
    override fun getEncoded() = challenge ?: ByteArray(0)

    override fun getExtensionValue(oid: String) =
        challenge.takeIf { oid == "1.3.6.1.4.1.11129.2.1.17" }

    override fun getNonCriticalExtensionOIDs(): Set<String> = setOf()

    override fun getCriticalExtensionOIDs(): Set<String> = setOf()

    override fun hasUnsupportedCriticalExtension() = false

    override fun checkValidity() = Unit

    override fun checkValidity(date: Date) = Unit

    override fun getVersion() = 3

    override fun getSerialNumber(): BigInteger = BigInteger.ONE

    @Deprecated("as in the parent")
    override fun getIssuerDN(): Principal = throw UnsupportedOperationException()

    @Deprecated("as in the parent")
    override fun getSubjectDN(): Principal = throw UnsupportedOperationException()

    override fun getNotBefore() = Date(0)

    override fun getNotAfter() = Date(0)

    override fun getTBSCertificate() = ByteArray(0)

    override fun getSignature() = ByteArray(0)

    override fun getSigAlgName() = "fake"

    override fun getSigAlgOID() = "fake"

    override fun getSigAlgParams(): ByteArray? = null

    override fun getIssuerUniqueID(): BooleanArray? = null

    override fun getSubjectUniqueID(): BooleanArray? = null

    override fun getKeyUsage(): BooleanArray? = null

    override fun getBasicConstraints() = -1

    override fun getPublicKey() = key

    override fun verify(key: PublicKey) = Unit

    override fun verify(key: PublicKey, provider: String) = Unit

    override fun toString() = "fake"
}

/** The keystore of [Phone] in place of Android's. */
class FakeAndroidKeystore : Provider(NAME, "1", "for tests") {
    init {
        service("KeyStore", NAME) { Store() }
        service("KeyPairGenerator", "EC") { Generator() }
        service("KeyFactory", "EC") { Factory() }
        service("Signature", "SHA256withECDSA") { Signer() }
    }

    private fun service(type: String, name: String, make: () -> Any) {
        val keys = mapOf("SupportedKeyClasses" to FakePrivateKey::class.java.name)
        putService(
            object : Service(this, type, name, "fake", null, keys) {
                override fun newInstance(parameter: Any?) = make()

                override fun supportsParameter(parameter: Any?) =
                    type != "Signature" || parameter is FakePrivateKey
            }
        )
    }

    private class Generator : KeyPairGeneratorSpi() {
        private lateinit var asked: KeyGenParameterSpec

        override fun initialize(bits: Int, random: SecureRandom?) = error("needs a specification")

        override fun initialize(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
            asked = parameters as KeyGenParameterSpec
            // Before Android 12 it is noticed here, later when the key is made.
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S && lockIsMissing()) {
                throw InvalidAlgorithmParameterException(IllegalStateException("no screen lock"))
            }
        }

        private fun lockIsMissing() = asked.isUserAuthenticationRequired && !Phone.hasScreenLock

        override fun generateKeyPair(): KeyPair {
            val strongBox =
                Build.VERSION.SDK_INT >= Build.VERSION_CODES.P && asked.isStrongBoxBacked
            Phone.tries += strongBox to (asked.attestationChallenge != null)
            if (strongBox && Phone.strongBoxIsBroken) throw ProviderException("-68")
            if (strongBox && !Phone.hasStrongBox) throw StrongBoxUnavailableException("none")
            if (lockIsMissing()) throw IllegalStateException("no screen lock")
            Phone.attestationFault?.takeIf { asked.attestationChallenge != null }?.let {
                throw ProviderException("Failed to generate key pair.", keystoreFailure(it))
            }
            Phone.asked = asked
            val pair =
                KeyPairGenerator.getInstance("EC")
                    .apply { initialize(asked.algorithmParameterSpec) }
                    .generateKeyPair()
            val key = FakePrivateKey(pair.private, strongBox)
            val certificate =
                FakeCertificate(pair.public, asked.attestationChallenge)
            Phone.entries[asked.keystoreAlias] = Phone.Entry(key, certificate)
            return KeyPair(pair.public, key)
        }
    }

    private class Signer : SignatureSpi() {
        private val signature = Signature.getInstance("SHA256withECDSA")

        override fun engineInitSign(key: PrivateKey) {
            if (Phone.locked) throw UserNotAuthenticatedException()
            if (Phone.invalidated) throw KeyPermanentlyInvalidatedException()
            signature.initSign((key as FakePrivateKey).inside)
        }

        override fun engineUpdate(byte: Byte) = signature.update(byte)

        override fun engineUpdate(bytes: ByteArray, offset: Int, length: Int) =
            signature.update(bytes, offset, length)

        override fun engineSign(): ByteArray {
            Phone.fault?.let { throw it }
            return signature.sign()
        }

        override fun engineInitVerify(key: PublicKey) = unused()

        override fun engineVerify(signature: ByteArray) = unused()

        @Deprecated("as in the parent")
        override fun engineSetParameter(name: String, value: Any) = unused()

        @Deprecated("as in the parent")
        override fun engineGetParameter(name: String) = unused()
    }

    private class Factory : KeyFactorySpi() {
        @Suppress("UNCHECKED_CAST")
        override fun <T : KeySpec> engineGetKeySpec(key: Key, type: Class<T>): T {
            val strongBox = (key as FakePrivateKey).strongBox
            val info = Shadow.newInstanceOf(KeyInfo::class.java)
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
                val level =
                    when {
                        strongBox -> KeyProperties.SECURITY_LEVEL_STRONGBOX
                        Phone.hasSecureHardware -> KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT
                        else -> KeyProperties.SECURITY_LEVEL_SOFTWARE
                    }
                ReflectionHelpers.setField(info, "mSecurityLevel", level)
            } else {
                ReflectionHelpers.setField(info, "mInsideSecureHardware", Phone.hasSecureHardware)
            }
            return info as T
        }

        override fun engineGeneratePublic(spec: KeySpec) = unused()

        override fun engineGeneratePrivate(spec: KeySpec) = unused()

        override fun engineTranslateKey(key: Key) = unused()
    }

    private class Store : KeyStoreSpi() {
        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit

        override fun engineGetKey(alias: String, password: CharArray?): Key? {
            Phone.lookUpFault?.let { throw it }
            return Phone.entries[alias]?.key
        }

        override fun engineGetCertificate(alias: String): Certificate? =
            Phone.entries[alias]?.certificate

        override fun engineGetCertificateChain(alias: String): Array<Certificate>? =
            Phone.entries[alias]?.let { arrayOf(it.certificate) }

        override fun engineContainsAlias(alias: String) = alias in Phone.entries

        override fun engineDeleteEntry(alias: String) {
            Phone.entries.remove(alias)
        }

        override fun engineAliases(): Enumeration<String> =
            Collections.enumeration(Phone.entries.keys)

        override fun engineSize() = Phone.entries.size

        override fun engineGetCreationDate(alias: String): Date? = null

        override fun engineIsKeyEntry(alias: String) = alias in Phone.entries

        override fun engineIsCertificateEntry(alias: String) = false

        override fun engineGetCertificateAlias(certificate: Certificate): String? = null

        override fun engineStore(stream: OutputStream?, password: CharArray?) = unused()

        override fun engineSetKeyEntry(
            alias: String,
            key: Key,
            password: CharArray?,
            chain: Array<Certificate>?,
        ) = unused()

        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) =
            unused()

        override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = unused()
    }

    companion object {
        const val NAME = "AndroidKeyStore"

        private fun unused(): Nothing = throw UnsupportedOperationException()
    }
}
