package cn.onecode.android

import android.graphics.Bitmap
import android.graphics.Color
import cn.onecode.CodeFrame

/** Largest module of a bitmap: a picture of 4 megapixels for an everyday code. */
private const val MAX_MODULE_PX = 32

/**
 * The picture with modules of [modulePx] pixels and its quiet zone, for an `ImageView`, a widget or
 * a watch. Never scale it: choose [modulePx], or ask [modulePxFor].
 */
fun CodeFrame.toBitmap(modulePx: Int): Bitmap {
    require(modulePx in 1..MAX_MODULE_PX) { "modules of $modulePx pixels" }
    val side = (width + 2 * QUIET_ZONE) * modulePx
    val pixels = IntArray(side * side) { Color.WHITE }
    for (y in 0 until width * modulePx) {
        val row = (QUIET_ZONE * modulePx + y) * side + QUIET_ZONE * modulePx
        for (x in 0 until width * modulePx) {
            if (isDark(x / modulePx, y / modulePx)) pixels[row + x] = Color.BLACK
        }
    }
    return Bitmap.createBitmap(pixels, side, side, Bitmap.Config.RGB_565)
}

/** The largest [toBitmap] module with which the picture fits into [sidePx] pixels, 1 at least. */
fun CodeFrame.modulePxFor(sidePx: Int): Int =
    (sidePx / (width + 2 * QUIET_ZONE)).coerceIn(1, MAX_MODULE_PX)
