// A card moves to a new phone by two scans: the old phone scans the new one's request, its holder
// agrees, and the new phone scans the answer.
package cn.onecode.sample

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import cn.onecode.CardRequest
import cn.onecode.Code
import cn.onecode.CodeFrame
import cn.onecode.MoveQuestion
import cn.onecode.Schedule
import cn.onecode.Wording
import cn.onecode.android.CodeWindowEffect
import cn.onecode.android.OneCodeView
import cn.onecode.android.forHolder
import cn.onecode.android.text
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch

@Composable
fun MoveScreen(cards: Cards) {
    val scope = rememberCoroutineScope()
    var request by remember { mutableStateOf<CardRequest?>(null) }
    var question by remember { mutableStateOf<MoveQuestion?>(null) }
    var answer by remember { mutableStateOf<Flow<CodeFrame>?>(null) }
    var frame by remember { mutableStateOf<CodeFrame?>(null) }
    var told by remember { mutableStateOf<Wording?>(null) }

    fun trying(step: suspend () -> Unit) {
        scope.launch {
            try {
                told = null
                step()
            } catch (stopped: CancellationException) {
                throw stopped
            } catch (error: Exception) {
                told = error.forHolder()
            }
        }
    }

    LaunchedEffect(answer) {
        frame = null
        try {
            answer?.collect { frame = it }
        } catch (stopped: CancellationException) {
            throw stopped
        } catch (error: Exception) {
            told = error.forHolder()
        }
    }

    CodeWindowEffect()
    Column(Modifier.padding(16.dp)) {
        told?.let { Text(it.text(), style = MaterialTheme.typography.titleLarge) }
        val (asked, shown, asks) = Triple(request, answer, question)
        when {
            // The new phone.
            asked != null -> {
                OneCodeView(pictureOf(asked), Modifier.widthIn(max = 480.dp))
                Camera { text ->
                    trying {
                        cards.finishMove(asked, text)
                        request = null
                        told = Wording("卡已转到本机", "The card is on this phone.")
                    }
                }
            }
            // The old phone.
            shown != null -> {
                OneCodeView(frame, Modifier.widthIn(max = 480.dp))
                Button({
                    trying {
                        cards.forget()
                        answer = null
                    }
                }) {
                    Text(Wording("新手机已收到，删除本机的卡", "The new phone has it: delete it here").text())
                }
            }
            asks != null -> {
                // All of it, and no is as near as yes.
                Text(asks.words().text(), style = MaterialTheme.typography.titleLarge)
                Button({ question = null }) { Text(Wording("不同意", "Refuse").text()) }
                Button({
                    trying {
                        answer = cards.agree(asks)
                        question = null
                    }
                }) {
                    Text(Wording("同意", "Agree").text())
                }
            }
            else -> {
                Button({ trying { request = cards.beginMove() } }) {
                    Text(Wording("这是新手机", "This is the new phone").text())
                }
                Text(Wording("这是旧手机：扫新手机的码", "This is the old phone: scan the new one's code").text())
                Camera { text -> trying { question = cards.question(text) } }
            }
        }
    }
}

/** For as long as the old phone answers it: ten minutes. */
private fun pictureOf(request: CardRequest): CodeFrame {
    val made = request.claims().issuedAtUnixS
    val schedule = Schedule(shownFromUnixS = made, renewAtUnixS = made + 600, goodUntilUnixS = made + 600)
    return CodeFrame.draw(Code(request.text(), request.toBytes().size, schedule))
}
