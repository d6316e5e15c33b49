package cn.onecode.android

import android.view.Window
import android.view.WindowManager.LayoutParams

private const val WHILE_SHOWN = LayoutParams.FLAG_SECURE or LayoutParams.FLAG_KEEP_SCREEN_ON

/**
 * Readies a window for a code: full brightness, no screenshots or screen sharing (FLAG_SECURE), no
 * dimming. Call on the main thread; closing the answer puts back what was there before.
 */
fun Window.showCode(): AutoCloseable {
    val brightness = attributes.screenBrightness
    val flags = attributes.flags
    addFlags(WHILE_SHOWN)
    setBrightness(LayoutParams.BRIGHTNESS_OVERRIDE_FULL)
    return AutoCloseable {
        setFlags(flags, WHILE_SHOWN)
        setBrightness(brightness)
    }
}

private fun Window.setBrightness(brightness: Float) {
    attributes = attributes.apply { screenBrightness = brightness }
}
