// An app that goes through every kind of call: into the core, back out of it, errors both ways.
import cn.onecode.Algorithm
import cn.onecode.CardClaims
import cn.onecode.CardCredential
import cn.onecode.CodeSession
import cn.onecode.DeviceKey
import cn.onecode.MakeCodeException
import cn.onecode.OneCodeScanner
import cn.onecode.Policy
import cn.onecode.Roots
import cn.onecode.ScanContext
import cn.onecode.SigningException
import cn.onecode.Verdict
import cn.onecode.codeFlow
import cn.onecode.generateKey
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking

private class AppKey(private val key: DeviceKey, var locked: Boolean = false) : DeviceKey by key {
    override fun sign(message: ByteArray) =
        if (locked) throw SigningException.Locked() else key.sign(message)
}

fun main() {
    val now = System.currentTimeMillis() / 1000
    val key = AppKey(generateKey(Algorithm.ESP256).key)
    val claims =
        CardClaims(
            region = 310000,
            statusIndex = 7,
            entitlements = listOf(1, 2),
            maxWindowS = 60,
            expiresUnixS = now + 86_400,
            holderKey = key.publicKey(),
        )
    val session = CodeSession(CardCredential.issue(claims, generateKey(Algorithm.ED25519).key), key)
    val frame = runBlocking { session.codeFlow().first() }
    println("code of version ${(frame.width - 17) / 4}")

    key.locked = true
    try {
        session.code(now + 30)
    } catch (error: MakeCodeException.Signing) {
        println("locked: ${error.signing is SigningException.Locked}")
    }

    val scanner = OneCodeScanner(Roots.fromKey(generateKey(Algorithm.ED25519).key.publicKey()), Policy())
    val verdict = scanner.scan(frame.code.text, ScanContext(101, 310000, now))
    println("refused: ${(verdict as Verdict.Refused).message.number}")
}
