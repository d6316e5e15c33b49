// A scanner's screen: the camera, and the verdict with what to do.
package cn.onecode.sample

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import cn.onecode.Advisory
import cn.onecode.OneCodeScanner
import cn.onecode.ScanContext
import cn.onecode.Verdict
import cn.onecode.Wording
import cn.onecode.android.text
import cn.onecode.documentKindName
import cn.onecode.scanOnIo
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

@Composable
fun ScannerScreen() {
    val context = LocalContext.current.applicationContext
    val scope = rememberCoroutineScope()
    var scanner by remember { mutableStateOf<OneCodeScanner?>(null) }
    var verdict by remember { mutableStateOf<Verdict?>(null) }

    LaunchedEffect(context) {
        scanner = withContext(Dispatchers.IO) { Sandbox(context).scanner() }
    }
    // The next person, after a moment to read.
    LaunchedEffect(verdict) {
        delay(3_000)
        verdict = null
    }

    Column(Modifier.padding(16.dp)) {
        Camera { text ->
            val ready = scanner
            if (ready != null && verdict == null) {
                scope.launch {
                    val now = System.currentTimeMillis() / 1000
                    val here = ScanContext(Sandbox.APPLICATION, Sandbox.PLACE, now)
                    verdict = ready.scanOnIo(text, here)
                }
            }
        }
        verdict?.let { Answer(it) }
    }
}

/**
 * Your camera: CameraX with ML Kit (`Barcode.rawValue`), or with ZXing (`Result.text`). Hand over the
 * text as it was read: not trimmed, not changed. A space is part of the alphabet.
 *
 * This one is a field to paste a text into.
 */
@Composable
fun Camera(onText: (String) -> Unit) {
    var pasted by remember { mutableStateOf("") }
    OutlinedTextField(
        pasted,
        onValueChange = {
            pasted = it
            onText(it)
        },
        Modifier.fillMaxWidth(),
    )
}

/** The answer is yes, and something is to be seen to. */
private fun toDo(advisory: Advisory): Wording =
    when (advisory) {
        is Advisory.StatusUnknown ->
            Wording("卡状态未知：请更新卡状态名单", "Status not known: update the status lists")
        is Advisory.UsedBefore -> Wording("此码用过：请核对本人", "Used before: check that it is the same person")
        is Advisory.DuplicatesUnchecked ->
            Wording("查不到是否用过：请检查设备", "Whether it was used is not known: check this device")
        is Advisory.TrustListDue -> Wording("请更新发卡机构名单", "Update the trust list")
        is Advisory.CatalogueDue -> Wording("请更新应用项目清单", "Update the catalogue")
        is Advisory.RootsDue -> Wording("请更新根密钥名录", "Update the roots document")
        is Advisory.NewerExists -> {
            val kinds = advisory.missing.map { documentKindName(it) }
            val (zh, en) = kinds.joinToString("、") { it.zh } to kinds.joinToString(", ") { it.en }
            Wording("尚未装入最新的$zh：请更新", "Newer ones exist, update: $en")
        }
        is Advisory.ClockOff -> Wording("请校准设备时间", "Set this device's clock")
    }

@Composable
private fun Answer(verdict: Verdict) {
    val title: String
    val advice: String
    val yes = verdict is Verdict.Accepted
    when (verdict) {
        is Verdict.Accepted -> {
            val issuer = verdict.acceptance.issuer.name
            title = Wording("通过", "Accepted").text()
            val advisories = verdict.acceptance.advisories.map { toDo(it).text() }
            advice = (listOf(Wording(issuer.zh, issuer.en).text()) + advisories).joinToString("\n")
        }
        is Verdict.Refused -> {
            // The number is what the hotline asks for.
            title = "${verdict.message.number}"
            advice = verdict.message.reason.text() + "\n" + verdict.message.holder.text()
        }
        is Verdict.HandedOver -> {
            title = Wording(verdict.kind.name.zh, verdict.kind.name.en).text()
            advice = ""
        }
    }
    Column(
        Modifier.fillMaxWidth()
            .background(if (yes) Color(0xFF1B5E20) else Color(0xFFB71C1C))
            .padding(16.dp)
            .semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Assertive }
    ) {
        Text(title, color = Color.White, style = MaterialTheme.typography.displaySmall)
        Text(advice, color = Color.White, style = MaterialTheme.typography.titleLarge)
    }
}
