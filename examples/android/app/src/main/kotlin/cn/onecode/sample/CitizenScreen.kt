// The citizen's screen: the code that renews itself, or what to do.
package cn.onecode.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.compose.LocalLifecycleOwner
import androidx.lifecycle.repeatOnLifecycle
import cn.onecode.CodeFrame
import cn.onecode.MakeCodeException
import cn.onecode.SigningException
import cn.onecode.Wording
import cn.onecode.android.CodeWindowEffect
import cn.onecode.android.OneCodeView
import cn.onecode.android.forHolder
import cn.onecode.android.text
import kotlinx.coroutines.CancellationException

@Composable
fun CitizenScreen(cards: Cards) {
    var frame by remember { mutableStateOf<CodeFrame?>(null) }
    var problem by remember { mutableStateOf<Wording?>(null) }
    var applying by remember { mutableStateOf(false) }
    var attempt by remember { mutableIntStateOf(0) }
    val lifecycle = LocalLifecycleOwner.current.lifecycle

    // Only while somebody can see it: in the background no code is made.
    LaunchedEffect(lifecycle, attempt) {
        lifecycle.repeatOnLifecycle(Lifecycle.State.STARTED) {
            try {
                if (applying) cards.enrol()
                applying = false
                val codes = cards.codes()
                problem = if (codes == null) Wording("本机还没有卡", "No card is on this phone.") else null
                codes?.collect { frame = it }
            } catch (stopped: CancellationException) {
                throw stopped
            } catch (error: Exception) {
                // The key, the wallet's file, the phone's time, the network, the issuer.
                frame = null
                problem = error.forHolder()
                if (isGone(error)) cards.forget()
            }
        }
    }
    // Codes go on meanwhile; what fails is tried again when the screen is next opened.
    LaunchedEffect(Unit) {
        try {
            cards.renewIfDue()
        } catch (stopped: CancellationException) {
            throw stopped
        } catch (error: Exception) {
            if (frame == null) problem = error.forHolder()
        }
    }

    CodeWindowEffect()
    Column(
        Modifier.fillMaxSize().padding(16.dp),
        verticalArrangement = Arrangement.Center,
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        val told = problem
        if (told == null) {
            OneCodeView(frame, Modifier.widthIn(max = 480.dp))
        } else {
            Text(told.text(), style = MaterialTheme.typography.headlineSmall)
            Button({
                applying = true
                attempt += 1
            }) {
                Text(Wording("申领", "Apply").text())
            }
            Button({ attempt += 1 }) { Text(Wording("重试", "Try again").text()) }
        }
    }
}

private fun isGone(error: Exception) =
    error is SigningException.Gone || (error as? MakeCodeException.Signing)?.signing is SigningException.Gone
