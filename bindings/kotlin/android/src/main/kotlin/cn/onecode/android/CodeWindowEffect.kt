package cn.onecode.android

import android.app.Activity
import android.content.Context
import android.content.ContextWrapper
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.ui.platform.LocalContext

/** [showCode] for as long as this is in the composition. */
@Composable
fun CodeWindowEffect() {
    val window = LocalContext.current.activity()?.window
    DisposableEffect(window) {
        val shown = window?.showCode()
        onDispose { shown?.close() }
    }
}

private tailrec fun Context.activity(): Activity? =
    when (this) {
        is Activity -> this
        is ContextWrapper -> baseContext.activity()
        else -> null
    }
