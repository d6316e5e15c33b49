// The cards of this phone: a key in the Android keystore, and a wallet in a file.
package cn.onecode.sample

import android.content.Context
import android.util.AtomicFile
import cn.onecode.CodeFrame
import cn.onecode.CodeSession
import cn.onecode.SigningException
import cn.onecode.Wallet
import cn.onecode.android.AndroidKeystoreKey
import cn.onecode.codeFlow
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.withContext

/** One for the whole app, see [of]: two wallets would overwrite each other's file. */
class Cards private constructor(private val context: Context) {
    // Not in a backup: on another phone the key is missing, and the cards are worth nothing.
    private val file = AtomicFile(File(context.noBackupFilesDir, "wallet"))

    private val wallet: Wallet by lazy {
        try {
            Wallet.fromBytes(file.readFully())
        } catch (_: FileNotFoundException) {
            Wallet()
        }
    }

    private var codes: Flow<CodeFrame>? = null

    /** The codes of the first card, which is applied for if there is none. */
    suspend fun codes(): Flow<CodeFrame> =
        withContext(Dispatchers.IO) {
            codes ?: session().codeFlow(beforeShowing = { store() }).also { codes = it }
        }

    /** The key can never be used again: the next codes are those of a new card. */
    suspend fun forgetKey() =
        withContext(Dispatchers.IO) {
            wallet.cards().firstOrNull()?.let { AndroidKeystoreKey.delete(it.keyAlias) }
            codes = null
        }

    private fun session(): CodeSession {
        val stored = wallet.cards().firstOrNull()
        val key =
            try {
                stored?.let { AndroidKeystoreKey.open(it.keyAlias) }
            } catch (_: SigningException.Gone) {
                null
            }
        if (stored != null && key != null) return wallet.session(stored.id, key)

        val alias = "card"
        AndroidKeystoreKey.delete(alias)
        val newKey = AndroidKeystoreKey.create(alias)
        stored?.let { wallet.remove(it.id) }
        // In your app: send the public key to the card-issuing agency, get the credential back.
        wallet.add(Sandbox(context).issueCard(newKey), alias, "社保卡")
        store()
        return wallet.session(wallet.cards().first().id, newKey)
    }

    /** Remembers which seconds have had their code, so that none gets two after a restart. */
    @Synchronized
    private fun store() {
        val stream = file.startWrite()
        try {
            stream.write(wallet.toBytes())
            file.finishWrite(stream)
        } catch (error: IOException) {
            file.failWrite(stream)
            throw error
        }
    }

    companion object {
        private var only: Cards? = null

        @Synchronized
        fun of(context: Context): Cards = only ?: Cards(context.applicationContext).also { only = it }
    }
}
