package cn.onecode.android

import android.graphics.Bitmap
import android.graphics.Color
import cn.onecode.QrCode

/** Light modules around the code that scanners need (ISO/IEC 18004). */
internal const val QUIET_ZONE = 4

/**
 * The picture with modules of [modulePx] pixels and its quiet zone, for an `ImageView`, a widget or
 * a watch. Never scale it: choose [modulePx], or use [modulePxFor].
 */
fun QrCode.toBitmap(modulePx: Int): Bitmap {
    require(modulePx in 1..64) { "modules of $modulePx pixels" }
    val modules = modules()
    val width = width()
    val side = (width + 2 * QUIET_ZONE) * modulePx
    val pixels = IntArray(side * side) { Color.WHITE }
    for (at in modules.indices) {
        if (modules[at] == 0.toByte()) continue
        val left = (QUIET_ZONE + at % width) * modulePx
        val top = (QUIET_ZONE + at / width) * modulePx
        for (y in top until top + modulePx) {
            pixels.fill(Color.BLACK, y * side + left, y * side + left + modulePx)
        }
    }
    return Bitmap.createBitmap(pixels, side, side, Bitmap.Config.RGB_565)
}

/** The largest [toBitmap] module with which the picture fits into [sidePx] pixels. */
fun QrCode.modulePxFor(sidePx: Int): Int =
    (sidePx / (width() + 2 * QUIET_ZONE)).coerceIn(1, 64)
