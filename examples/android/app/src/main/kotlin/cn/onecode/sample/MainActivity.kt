// A sample to copy from: the citizen's screens and a scanner's, in one app. How to build it:
// docs/INTEGRATION.md.
package cn.onecode.sample

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier

class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val cards = Cards.of(this)
        setContent {
            MaterialTheme {
                var screen by remember { mutableStateOf(Screen.CODE) }
                Column(Modifier.fillMaxSize().safeDrawingPadding()) {
                    Row {
                        TextButton({ screen = Screen.CODE }) { Text("一码通") }
                        TextButton({ screen = Screen.MOVE }) { Text("换手机") }
                        TextButton({ screen = Screen.SCAN }) { Text("扫码") }
                    }
                    when (screen) {
                        Screen.CODE -> CitizenScreen(cards)
                        Screen.MOVE -> MoveScreen(cards)
                        Screen.SCAN -> ScannerScreen()
                    }
                }
            }
        }
    }
}

private enum class Screen {
    CODE,
    MOVE,
    SCAN,
}
