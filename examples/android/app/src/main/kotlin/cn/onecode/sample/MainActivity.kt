// A sample to copy from: the citizen's screen and a scanner's, in one app. How to build it:
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
                var scanning by remember { mutableStateOf(false) }
                Column(Modifier.fillMaxSize().safeDrawingPadding()) {
                    Row {
                        TextButton({ scanning = false }) { Text("一码通") }
                        TextButton({ scanning = true }) { Text("扫码") }
                    }
                    if (scanning) ScannerScreen() else CitizenScreen(cards)
                }
            }
        }
    }
}
