// A practice region's lists, for the scanner's screen: the folder that `onecode sandbox` makes, in the
// assets of the app under the name sandbox. Its keys are for practice. Your app has none of this file:
// it gets its lists from the operator's server, by the same steps.
package cn.onecode.sample

import android.content.Context
import cn.onecode.Fetch
import cn.onecode.FetchAnswer
import cn.onecode.FetchPurpose
import cn.onecode.FetchStep
import cn.onecode.InstallException
import cn.onecode.OneCodeScanner
import cn.onecode.Policy
import cn.onecode.Roots
import java.io.FileNotFoundException

class Sandbox(private val context: Context) {
    /**
     * A scanner with the published lists. Only the first edition of the roots is trusted as it is;
     * everything else is signed by those whom it names.
     */
    fun scanner(): OneCodeScanner {
        val scanner = OneCodeScanner(Roots.fromEdition(file("roots/1.json")!!), Policy())
        val fetch = Fetch(FetchPurpose.NOW, nowUnixS())
        while (true) {
            when (val step = fetch.step(scanner, emptyMap()) ?: break) {
                is FetchStep.Get -> {
                    val bytes = file(step.wanted.path)
                    fetch.answer(if (bytes == null) FetchAnswer.Missing else FetchAnswer.Fetched(bytes))
                }
                is FetchStep.Install -> try {
                    fetch.install(scanner, step.paths.map { file(it)!! })
                } catch (e: InstallException) {
                    // The index of a practice region is a day's; fetch.problems() tells.
                }
            }
        }
        return scanner
    }

    /** A published file by its path, if it is there. */
    private fun file(path: String): ByteArray? = try {
        context.assets.open("sandbox/published/$path").use { it.readBytes() }
    } catch (e: FileNotFoundException) {
        null
    }

    private fun nowUnixS() = System.currentTimeMillis() / 1000

    companion object {
        /** The metro, in Shanghai. */
        const val APPLICATION = 101
        const val PLACE = 310000
    }
}
