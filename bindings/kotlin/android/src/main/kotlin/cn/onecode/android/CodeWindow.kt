package cn.onecode.android

import android.view.Window
import android.view.WindowManager.LayoutParams
import java.util.WeakHashMap

private const val WHILE_SHOWN = LayoutParams.FLAG_SECURE or LayoutParams.FLAG_KEEP_SCREEN_ON

/** A window as it was before its first code, and how many codes it shows. */
private class Shown(val brightness: Float, val flags: Int) {
    var codes = 0
}

/** Used on the main thread alone. */
private val SHOWN = WeakHashMap<Window, Shown>()

/**
 * Readies a window for a code: full brightness, no screenshots or screen sharing (FLAG_SECURE), no
 * dimming. Call on the main thread; closing the answer puts back what was there before.
 *
 * Where one code takes the place of another the new one may come before the old one goes: the window
 * stays ready until the last answer is closed.
 */
fun Window.showCode(): AutoCloseable {
    val shown = SHOWN.getOrPut(this) { Shown(attributes.screenBrightness, attributes.flags) }
    shown.codes += 1
    addFlags(WHILE_SHOWN)
    setBrightness(LayoutParams.BRIGHTNESS_OVERRIDE_FULL)
    var open = true
    return AutoCloseable {
        if (open) {
            open = false
            shown.codes -= 1
            if (shown.codes == 0) {
                SHOWN.remove(this)
                setFlags(shown.flags, WHILE_SHOWN)
                setBrightness(shown.brightness)
            }
        }
    }
}

private fun Window.setBrightness(brightness: Float) {
    attributes = attributes.apply { screenBrightness = brightness }
}
