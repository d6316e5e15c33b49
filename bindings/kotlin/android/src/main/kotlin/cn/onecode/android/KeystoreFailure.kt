package cn.onecode.android

import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import cn.onecode.SigningException
import java.security.UnrecoverableKeyException

// What Android's keystore throws, by its meaning. The outermost exception seldom says more than
// "Keystore operation failed": what failed is said by a KeyStoreException among its causes, since
// Android 13 with a number of the public interface, before that with a number or a text of the
// keystore's own (hardware/interfaces/security/keymint, ErrorCode; system/keystore2, ResponseCode).

/** More causes than any keystore gives; an exception may be among its own. */
private const val MOST_CAUSES = 16

private val INTERNAL_CODE = Regex("internal Keystore code: (-?[0-9]+)")

private val LOCKED_CODES =
    setOf(
        -26, // KEY_USER_NOT_AUTHENTICATED
        -72, // DEVICE_LOCKED
        2, // LOCKED
        15, // OP_AUTH_NEEDED
    )
private val GONE_CODES =
    setOf(
        7, // KEY_NOT_FOUND
        17, // KEY_PERMANENTLY_INVALIDATED
    )
private val UNATTESTED_CODES =
    setOf(
        -74, // ATTESTATION_KEYS_NOT_PROVISIONED
        26, // OUT_OF_KEYS_PERMANENT_ERROR
    )

/** What Android says in place of some of these numbers before its version 13. */
private val CODES_OF_TEXTS =
    mapOf(
        "Key user not authenticated" to -26,
        "User authentication required" to 2,
        "Operation requires authorization" to 15,
        "Key not found" to 7,
    )

/** The exception and what caused it, and so on. */
private fun Throwable.chain(): List<Throwable> =
    generateSequence(this) { it.cause }.take(MOST_CAUSES).toList()

/** The keystore's own number, where this is what says it. */
private fun Throwable.keystoreCode(): Int? {
    // By its name: before Android 13 the class is there and is not to be used.
    if (javaClass.name != "android.security.KeyStoreException") return null
    val text = message.orEmpty()
    return INTERNAL_CODE.find(toString())?.groupValues?.get(1)?.toIntOrNull()
        ?: text.toIntOrNull()
        ?: CODES_OF_TEXTS[text]
}

/** The number of the public interface, since Android 13. */
private fun Throwable.publicCode(): Int? =
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU && this is KeyStoreException)
        numericErrorCode
    else null

private fun Throwable.isLocked() =
    this is UserNotAuthenticatedException ||
        keystoreCode() in LOCKED_CODES ||
        publicCode() == KeyStoreException.ERROR_USER_AUTHENTICATION_REQUIRED

private fun Throwable.isGone() =
    this is KeyPermanentlyInvalidatedException ||
        keystoreCode() in GONE_CODES ||
        publicCode() == KeyStoreException.ERROR_KEY_DOES_NOT_EXIST ||
        // Android gives no cause where the key was invalidated, and one where it could not find
        // out: then the key may be good still, and must not be thrown away.
        this is UnrecoverableKeyException && cause == null

/** What became of the key, in the terms of the core. */
internal fun Exception.meaning(): SigningException {
    val chain = chain()
    return when {
        chain.any { it.isLocked() } -> SigningException.Locked()
        chain.any { it.isGone() } -> SigningException.Gone()
        else -> SigningException.Refused(reason())
    }
}

/** The whole chain of causes, for a log: the number that tells what failed is at its end. */
internal fun Throwable.reason(): String {
    // An exception that is made of its cause has said already what that says.
    val said = mutableListOf<String>()
    for (text in chain().map { it.toString() }) if (said.none { it.endsWith(text) }) said += text
    return said.joinToString("; caused by ")
}

/**
 * Whether this phone makes keys and does not attest them, now or ever: it has no attestation keys
 * and will get none by waiting.
 */
internal fun Throwable.isWithoutAttestation(): Boolean =
    chain().any { it.keystoreCode() in UNATTESTED_CODES }
