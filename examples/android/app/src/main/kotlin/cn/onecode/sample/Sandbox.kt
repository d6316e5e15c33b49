// A practice region in place of servers: the folder that `onecode sandbox` makes, in the assets of
// the app under the name sandbox. Its keys are for practice. Your app has none of this file: it
// gets its card from the agency, and its lists from the operator.
package cn.onecode.sample

import android.content.Context
import android.util.Base64
import cn.onecode.CardClaims
import cn.onecode.CardCredential
import cn.onecode.DeviceKey
import cn.onecode.OneCodeScanner
import cn.onecode.Policy
import cn.onecode.Roots
import cn.onecode.softwareKey

class Sandbox(private val context: Context) {
    /**
     * A scanner with the published lists. Only the first edition of the roots is trusted as it is;
     * everything else is signed by those whom it names.
     */
    fun scanner(): OneCodeScanner {
        val now = nowUnixS()
        val roots = editions("roots")
        val scanner = OneCodeScanner(Roots.fromEdition(roots.first()), Policy())
        roots.drop(1).forEach { scanner.installRoots(it) }
        scanner.installTrustList(editions("trust-list").last(), now)
        scanner.installCatalogue(editions("catalogue").last(), now)
        for (name in context.assets.list("sandbox/published/status").orEmpty().sorted()) {
            val list = text("published/status/$name")
            scanner.installStatus(Base64.decode(list, Base64.URL_SAFE), now)
        }
        return scanner
    }

    /** A card of Shanghai for a key of this phone, signed with the practice key of the agency. */
    fun issueCard(key: DeviceKey): CardCredential {
        val pem = text("issuers/cn-31/cards.pem")
        val body = pem.lines().filterNot { it.startsWith("-----") }.joinToString("")
        val claims =
            CardClaims(
                region = 310000,
                statusIndex = 1_900,
                entitlements = listOf(0, 1, 2, 3),
                maxWindowS = 60,
                expiresUnixS = nowUnixS() + 30 * 86_400,
                holderKey = key.publicKey(),
            )
        return CardCredential.issue(claims, softwareKey(Base64.decode(body, Base64.DEFAULT)))
    }

    /** The published documents of a kind, by their numbers. */
    private fun editions(kind: String): List<ByteArray> {
        val names = context.assets.list("sandbox/published/$kind").orEmpty()
        val numbers = names.mapNotNull { it.removeSuffix(".json").toLongOrNull() }.sorted()
        return numbers.map { text("published/$kind/$it.json").toByteArray() }
    }

    /** A file without the line end that it has as a file. */
    private fun text(path: String): String =
        context.assets.open("sandbox/$path").use { it.readBytes() }.decodeToString().trim()

    private fun nowUnixS() = System.currentTimeMillis() / 1000

    companion object {
        /** The metro, in Shanghai. */
        const val APPLICATION = 101
        const val PLACE = 310000
    }
}
