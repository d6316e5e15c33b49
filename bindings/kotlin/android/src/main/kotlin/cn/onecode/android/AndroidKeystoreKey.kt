package cn.onecode.android

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import cn.onecode.Algorithm
import cn.onecode.DeviceKey
import cn.onecode.EncodedSignature
import cn.onecode.PublicKey
import cn.onecode.SigningException
import java.math.BigInteger
import java.security.InvalidKeyException
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.cert.Certificate
import java.security.cert.X509Certificate
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec

/** Where the keystore holds a private key. */
enum class KeyProtection {
    /** A separate secure chip. */
    STRONGBOX,

    /** The trusted execution environment of the main processor. */
    TRUSTED_ENVIRONMENT,

    /** One of the two; before Android 12 a key that is opened again does not say which. */
    SECURE_HARDWARE,

    /** Android itself: an emulator or a phone without secure hardware. */
    SOFTWARE,
}

/**
 * A P-256 key in the Android keystore that never leaves it, for the codes of one card.
 *
 * Keystore calls block, up to a second or two with StrongBox: stay off the main thread.
 */
class AndroidKeystoreKey private constructor(
    /** The name of the key in the keystore. */
    val alias: String,
    private val privateKey: PrivateKey,
    private val publicPoint: ByteArray,
    /** The certificates of the key, DER, its own first: for the issuer. See [isAttested]. */
    val certificateChain: List<ByteArray>,
    /**
     * Whether the certificates attest the key. If not, because no challenge was given or because
     * the phone cannot attest ([create]), they say nothing about where the key is; the issuer
     * decides whether it binds a card to such a key.
     */
    val isAttested: Boolean,
    /** Where the key is. */
    val protection: KeyProtection,
) : DeviceKey {

    /** The certificates as the issuer's service takes them: one after the other, or none. */
    val attestation: ByteArray?
        get() = if (isAttested) certificateChain.fold(ByteArray(0), ByteArray::plus) else null

    override fun publicKey(): PublicKey = PublicKey.fromBytes(Algorithm.ESP256, publicPoint)

    /**
     * Signs with ECDSA and SHA-256. The keystore answers in DER.
     *
     * @throws SigningException.Locked the user has to authenticate first.
     * @throws SigningException.Gone the key can never be used again: make another one, and ask the
     *   issuer for a credential for it.
     * @throws SigningException.Refused the keystore did not sign; the reason has all that it says.
     */
    override fun sign(message: ByteArray): EncodedSignature = asked {
        val signature = Signature.getInstance("SHA256withECDSA")
        signature.initSign(privateKey)
        signature.update(message)
        EncodedSignature.Der(signature.sign())
    }

    companion object {
        private const val PROVIDER = "AndroidKeyStore"
        private const val COORDINATE_BYTES = 32

        /** The extension that attests a key: KeyDescription. */
        private const val ATTESTATION = "1.3.6.1.4.1.11129.2.1.17"

        /**
         * The key of that name, or null where there is none.
         *
         * @throws SigningException.Gone there is one that can never be used again: [delete] it, make
         *   another one, and ask the issuer for a credential for it.
         * @throws SigningException.Refused the keystore did not answer: try again.
         */
        fun open(alias: String): AndroidKeystoreKey? = asked {
            val store = keyStore()
            val privateKey = store.getKey(alias, null) as? PrivateKey
            val certificate = store.getCertificate(alias)
            if (privateKey == null || certificate == null) null
            else held(alias, KeyPair(certificate.publicKey, privateKey), askedForStrongBox = false)
        }

        /**
         * Makes a key, in StrongBox where the phone has one, else in the trusted execution
         * environment; [protection] says which it became.
         *
         * @param attestationChallenge bytes from the issuer, up to 128, that the certificates
         *   will carry, so that the issuer knows them to be new. A phone without attestation keys
         *   makes the key all the same, without them: [isAttested] says so.
         * @param authenticationValidS when given, the key signs only for so many seconds after
         *   the user has unlocked the phone or given a fingerprint. Without it, whoever holds
         *   the unlocked phone can show the code.
         * @throws IllegalStateException there is a key of that name: a card may be bound to it.
         *   [delete] it first if not.
         * @throws SigningException.Refused the keystore cannot make such a key, for instance because
         *   there is no screen lock for [authenticationValidS].
         */
        fun create(
            alias: String,
            attestationChallenge: ByteArray? = null,
            authenticationValidS: Int? = null,
        ): AndroidKeystoreKey {
            check(!asked { keyStore().containsAlias(alias) }) { "there is a key named $alias" }
            fun generate(challenge: ByteArray?, strongBox: Boolean): AndroidKeystoreKey {
                val generator =
                    KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER)
                generator.initialize(
                    parameters(alias, challenge, authenticationValidS, strongBox)
                )
                return held(alias, generator.generateKeyPair(), strongBox)
            }
            fun generate(challenge: ByteArray?): AndroidKeystoreKey {
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
                    try {
                        return generate(challenge, strongBox = true)
                    } catch (_: ProviderException) {
                        // No StrongBox, or one that cannot do this; not all say so by the type.
                    }
                }
                return generate(challenge, strongBox = false)
            }
            return asked {
                try {
                    generate(attestationChallenge)
                } catch (error: ProviderException) {
                    if (attestationChallenge == null || !error.isWithoutAttestation()) throw error
                    generate(challenge = null)
                }
            }
        }

        /** Removes a key for good. Codes of the card that was bound to it can no longer be made. */
        fun delete(alias: String) = asked { keyStore().deleteEntry(alias) }

        /** Asks the keystore; what it throws comes out by its meaning. */
        private inline fun <T> asked(call: () -> T): T =
            try {
                call()
            } catch (error: Exception) {
                // Keystores throw what they like. What went past here as it is would come back
                // from the core as "an exception of another kind".
                throw error.meaning()
            }

        private fun keyStore() = KeyStore.getInstance(PROVIDER).apply { load(null) }

        private fun parameters(
            alias: String,
            attestationChallenge: ByteArray?,
            authenticationValidS: Int?,
            strongBox: Boolean,
        ): KeyGenParameterSpec {
            val builder =
                KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                    .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                    .setDigests(KeyProperties.DIGEST_SHA256)
                    .setAttestationChallenge(attestationChallenge)
            if (strongBox && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
                builder.setIsStrongBoxBacked(true)
            }
            if (authenticationValidS != null) {
                builder.setUserAuthenticationRequired(true)
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                    builder.setUserAuthenticationParameters(
                        authenticationValidS,
                        KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL,
                    )
                } else {
                    @Suppress("DEPRECATION")
                    builder.setUserAuthenticationValidityDurationSeconds(authenticationValidS)
                }
            }
            return builder.build()
        }

        private fun held(alias: String, pair: KeyPair, askedForStrongBox: Boolean): AndroidKeystoreKey {
            val certificates = keyStore().getCertificateChain(alias).orEmpty()
            return AndroidKeystoreKey(
                alias,
                pair.private,
                point(pair.public as? ECPublicKey ?: throw InvalidKeyException("no P-256 key")),
                certificates.map { it.encoded },
                attests(certificates.firstOrNull()),
                protection(pair.private, askedForStrongBox),
            )
        }

        private fun attests(certificate: Certificate?) =
            (certificate as? X509Certificate)?.getExtensionValue(ATTESTATION) != null

        private fun protection(key: PrivateKey, askedForStrongBox: Boolean): KeyProtection {
            val info =
                KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
                return when (info.securityLevel) {
                    KeyProperties.SECURITY_LEVEL_STRONGBOX -> KeyProtection.STRONGBOX
                    KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT ->
                        KeyProtection.TRUSTED_ENVIRONMENT
                    KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> KeyProtection.SECURE_HARDWARE
                    else -> KeyProtection.SOFTWARE
                }
            }
            @Suppress("DEPRECATION")
            return when {
                !info.isInsideSecureHardware -> KeyProtection.SOFTWARE
                askedForStrongBox -> KeyProtection.STRONGBOX
                else -> KeyProtection.SECURE_HARDWARE
            }
        }

        /** The uncompressed SEC 1 point. */
        private fun point(key: ECPublicKey): ByteArray =
            byteArrayOf(4) + coordinate(key.w.affineX) + coordinate(key.w.affineY)

        private fun coordinate(value: BigInteger): ByteArray {
            val bytes = value.toByteArray() // may have a sign byte, may be short
            val coordinate = ByteArray(COORDINATE_BYTES)
            val length = minOf(bytes.size, COORDINATE_BYTES)
            bytes.copyInto(coordinate, COORDINATE_BYTES - length, bytes.size - length)
            return coordinate
        }
    }
}
