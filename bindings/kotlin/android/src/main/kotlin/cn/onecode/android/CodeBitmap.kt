package cn.onecode.android

import android.graphics.Bitmap
import android.graphics.Color
import cn.onecode.CodeFrame
import cn.onecode.pictureLayoutOf

/** Largest module of a bitmap: a picture of 4 megapixels for an everyday code. */
private const val MAX_MODULE_PX = 32

/**
 * The picture with modules of [modulePx] pixels and its quiet zone, for an `ImageView`, a widget or
 * a watch. Never scale it: choose [modulePx], or ask [modulePxFor].
 */
fun CodeFrame.toBitmap(modulePx: Int): Bitmap {
    require(modulePx in 1..MAX_MODULE_PX) { "modules of $modulePx pixels" }
    val layout = pictureLayoutOf(width, modulePx)
    val (side, origin) = layout.sidePx to layout.originPx
    val pixels = IntArray(side * side) { Color.WHITE }
    for (y in 0 until width * modulePx) {
        val row = (origin + y) * side + origin
        for (x in 0 until width * modulePx) {
            if (isDark(x / modulePx, y / modulePx)) pixels[row + x] = Color.BLACK
        }
    }
    return Bitmap.createBitmap(pixels, side, side, Bitmap.Config.RGB_565)
}

/** The largest [toBitmap] module with which the picture fits into [sidePx] pixels, 1 at least. */
fun CodeFrame.modulePxFor(sidePx: Int): Int =
    layout(sidePx).modulePx.coerceIn(1, MAX_MODULE_PX)
