package cn.onecode.android

import android.app.Activity
import android.graphics.Bitmap
import android.view.WindowManager.LayoutParams
import cn.onecode.Code
import cn.onecode.CodeFrame
import cn.onecode.Schedule
import com.google.zxing.BinaryBitmap
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.annotation.Config

private const val TEXT = "OC1:0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

@RunWith(Runner::class)
@Config(sdk = [24, 35])
class CodeOnScreenTest {
    @Test
    fun `a bitmap is read by somebody else's decoder, whatever its size`() {
        val picture = frame()
        for (modulePx in listOf(2, 3, 7)) {
            val bitmap = picture.toBitmap(modulePx)
            assertEquals((picture.width + 8) * modulePx, bitmap.width)
            assertEquals(bitmap.width, bitmap.height)
            assertEquals(TEXT, decoded(bitmap))
        }
        assertThrows(IllegalArgumentException::class.java) { picture.toBitmap(0) }
        assertThrows(IllegalArgumentException::class.java) { picture.toBitmap(33) }
    }

    @Test
    fun `the module fits the space`() {
        val picture = frame()
        val modules = picture.width + 8
        assertEquals(1, picture.modulePxFor(0))
        assertEquals(1, picture.modulePxFor(2 * modules - 1))
        assertEquals(2, picture.modulePxFor(2 * modules))
        assertEquals(32, picture.modulePxFor(1_000_000))
    }

    @Test
    fun `a window is bright and secure while a code is shown, and then as before`() {
        val window = Robolectric.buildActivity(Activity::class.java).setup().get().window
        fun flag(flag: Int) = window.attributes.flags and flag != 0

        window.attributes = window.attributes.apply { screenBrightness = 0.25f }
        window.addFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        val shown = window.showCode()
        assertEquals(true, flag(LayoutParams.FLAG_SECURE))
        assertEquals(true, flag(LayoutParams.FLAG_KEEP_SCREEN_ON))
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, window.attributes.screenBrightness)
        shown.close()
        assertEquals(false, flag(LayoutParams.FLAG_SECURE))
        assertEquals(true, flag(LayoutParams.FLAG_KEEP_SCREEN_ON))
        assertEquals(0.25f, window.attributes.screenBrightness)
    }

    @Test
    fun `a window stays ready while one code takes the place of another`() {
        val window = Robolectric.buildActivity(Activity::class.java).setup().get().window
        fun isSecure() = window.attributes.flags and LayoutParams.FLAG_SECURE != 0

        window.attributes = window.attributes.apply { screenBrightness = 0.25f }
        val old = window.showCode()
        val new = window.showCode()
        old.close()
        old.close()
        assertEquals(true, isSecure())
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, window.attributes.screenBrightness)
        new.close()
        assertEquals(false, isSecure())
        assertEquals(0.25f, window.attributes.screenBrightness)
    }

    private fun frame() = CodeFrame.draw(Code(TEXT, TEXT.length, Schedule(0, 30, 60)))

    private fun decoded(bitmap: Bitmap): String {
        val pixels = IntArray(bitmap.width * bitmap.height)
        bitmap.getPixels(pixels, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
        val source = RGBLuminanceSource(bitmap.width, bitmap.height, pixels)
        return QRCodeReader().decode(BinaryBitmap(HybridBinarizer(source))).text
    }
}
