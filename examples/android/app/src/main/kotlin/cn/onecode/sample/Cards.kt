// The cards of this phone: a key in the Android keystore, a wallet in a file, and what the issuer's
// service does for them.
package cn.onecode.sample

import android.content.Context
import android.util.AtomicFile
import cn.onecode.CardRequest
import cn.onecode.CodeClock
import cn.onecode.CodeFrame
import cn.onecode.IssuedCard
import cn.onecode.IssuerChallenge
import cn.onecode.IssuerException
import cn.onecode.MoveQuestion
import cn.onecode.Remedy
import cn.onecode.SigningException
import cn.onecode.Wallet
import cn.onecode.WalletCard
import cn.onecode.android.AndroidKeystoreKey
import cn.onecode.codeFlow
import cn.onecode.codeFlowOf
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.withContext

/** One for the whole app, see [of]: two wallets would overwrite each other's file. */
class Cards private constructor(context: Context) {
    // Not in a backup: on another phone the key is missing, and the cards are worth nothing.
    private val file = AtomicFile(File(context.noBackupFilesDir, "wallet"))

    /** The request without an answer yet: if one is lost, the same request gets the card. */
    private val asked = AtomicFile(File(context.noBackupFilesDir, "request"))
    private val client = Issuer.client

    private val wallet: Wallet by lazy {
        try {
            Wallet.fromBytes(file.readFully())
        } catch (_: FileNotFoundException) {
            Wallet()
        }
    }

    private var codes: Flow<CodeFrame>? = null
    private var nextChallenge: IssuerChallenge? = null

    /** The codes of the first card, or null while there is none. */
    suspend fun codes(): Flow<CodeFrame>? =
        onIo {
            codes ?: card()?.let { session(it).codeFlow(beforeShowing = { store() }) }.also { codes = it }
        }

    /** Applies for the holder's card, and goes on with it after whatever failed. */
    suspend fun enrol() = onIo {
        val (key, request) = begun() ?: begin()
        try {
            keep(client.finishEnrol(request, key, attestation = key.attestation))
            asked.delete()
        } catch (refused: IssuerException.Problem) {
            // Nothing comes of it any more: the next attempt begins anew.
            if (refused.problem.remedy == Remedy.NEW_KEY) asked.delete()
            throw refused
        }
    }

    private fun begun(): Pair<AndroidKeystoreKey, CardRequest>? {
        val key = AndroidKeystoreKey.open(ALIAS) ?: return null
        return try {
            key to CardRequest.fromBytes(asked.readFully())
        } catch (_: FileNotFoundException) {
            null
        }
    }

    private fun begin(): Pair<AndroidKeystoreKey, CardRequest> {
        val challenge = client.challenge()
        val key = newKey(challenge)
        val request = client.beginEnrol(key, challenge = challenge, attestation = key.attestation)
        asked.replace(request.toBytes())
        return key to request
    }

    /** Renews the card when it is due. In your app a worker does this, and waits `retryWaitS`. */
    suspend fun renewIfDue() {
        val card = onIo { card() } ?: return
        if (!client.isRenewalDue(card.credential)) return
        onIo { keep(client.renew(key(card), nextChallenge)) }
    }

    /** The new phone asks: the old phone scans the text of the request. */
    suspend fun beginMove(): CardRequest = onIo {
        val challenge = client.challenge()
        val key = newKey(challenge)
        client.beginMove(key, challenge = challenge, attestation = key.attestation)
    }

    /** The new phone has scanned the old one's answer. */
    suspend fun finishMove(request: CardRequest, consent: String) = onIo {
        val key = checkNotNull(AndroidKeystoreKey.open(ALIAS))
        keep(client.finishMove(request, key, consent, key.attestation))
    }

    /** The old phone has scanned the new one's request: what to ask the holder. */
    suspend fun question(text: String): MoveQuestion = onIo {
        MoveQuestion.read(text, checkNotNull(card()).credential, nowUnixS())
    }

    /** The holder agrees: codes for the new phone to scan, each when its time has come. */
    suspend fun agree(question: MoveQuestion): Flow<CodeFrame> = onIo {
        val (session, consent) = session(checkNotNull(card())) to question.agree()
        codeFlowOf(CodeClock.DEVICE) { nowUnixS ->
            onIo { CodeFrame.draw(session.consent(nowUnixS, consent)).also { store() } }
        }
    }

    /** The card has moved away, or its key can never be used again. */
    suspend fun forget() = onIo {
        AndroidKeystoreKey.delete(ALIAS)
        card()?.let { wallet.remove(it.id) }
        codes = null
        nextChallenge = null
        store()
    }

    private fun card() = wallet.cards().firstOrNull()

    private fun session(card: WalletCard) = wallet.session(card.id, key(card))

    private fun key(card: WalletCard) =
        AndroidKeystoreKey.open(card.keyAlias) ?: throw SigningException.Gone()

    /** Each attempt has a key of its own: its attestation shows the challenge. */
    private fun newKey(challenge: IssuerChallenge): AndroidKeystoreKey {
        check(card() == null)
        asked.delete() // a request of the key that goes
        AndroidKeystoreKey.delete(ALIAS)
        return AndroidKeystoreKey.create(ALIAS, attestationChallenge = challenge.challenge)
    }

    private fun keep(issued: IssuedCard) {
        wallet.add(issued.credential, ALIAS, "社保卡")
        nextChallenge = issued.nextChallenge
        codes = null
        store()
    }

    /** Remembers which seconds have had their code, so that none gets two after a restart. */
    @Synchronized
    private fun store() = file.replace(wallet.toBytes())

    private fun nowUnixS() = System.currentTimeMillis() / 1000

    private suspend fun <T> onIo(work: suspend () -> T): T = withContext(Dispatchers.IO) { work() }

    companion object {
        private const val ALIAS = "card"

        private var only: Cards? = null

        @Synchronized
        fun of(context: Context): Cards = only ?: Cards(context.applicationContext).also { only = it }
    }
}

private fun AtomicFile.replace(bytes: ByteArray) {
    val stream = startWrite()
    try {
        stream.write(bytes)
        finishWrite(stream)
    } catch (error: IOException) {
        failWrite(stream)
        throw error
    }
}
