package cn.onecode.android

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.graphics.toComposeImageBitmap
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.runDesktopComposeUiTest
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import cn.onecode.Algorithm
import cn.onecode.CardClaims
import cn.onecode.CardCredential
import cn.onecode.CodeFrame
import cn.onecode.CodeSession
import cn.onecode.generateKey
import com.google.zxing.BinaryBitmap
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import java.awt.image.BufferedImage
import java.io.File
import java.util.Locale
import javax.imageio.ImageIO
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

private const val NOW = 1_795_392_000L

/** The view as the same Compose draws it on a desktop: real layout, real drawing, no Android. */
class OneCodeViewTest {
    private val frame = frame()
    private val code = frame.code

    @Test
    fun `what is drawn is read by somebody else's decoder, at any size and density`() {
        // Sizes that are no multiple of anything, and offsets that are no whole pixel.
        for ((widthDp, density) in listOf(200 to 1f, 211 to 1.5f, 263 to 2.625f, 333 to 3f)) {
            val picture = drawn(widthDp, density, NOW + 1)
            assertEquals("$widthDp dp at $density", code.text, decoded(picture))
            ImageIO.write(picture, "png", File("target/view-$widthDp-$density.png"))
        }
    }

    @Test
    fun `in landscape, too, and with the seconds below it`() {
        for ((width, height) in listOf(800 to 360, 360 to 800, 300 to 300)) {
            val scene = ImageComposeScene(width, height, Density(1f)) { OneCodeView(frame, clock = { NOW * 1000 + 1000 }) }
            val picture = scene.use { it.render().toComposeImageBitmap().toAwtImage() }
            assertEquals("$width x $height", code.text, decoded(picture))
            // Below the square, with a gap, and inside of the space: the seconds.
            val black = 0xFF000000.toInt()
            val dark = (0 until height).filter { y -> (0 until width).any { x -> picture.getRGB(x, y) == black } }
            val seconds = dark.drop(dark.zipWithNext().indexOfLast { (a, b) -> b - a > 5 } + 1)
            assertTrue("$width x $height: seconds at ${seconds.first()}..${seconds.last()}", seconds.last() < height - 12 && seconds.size > 15)
        }
    }

    @Test
    fun `modules have sharp edges`() {
        val picture = drawn(263, 2.625f, NOW + 1)
        // The square with the code: below it the seconds are drawn smoothly.
        val shades = mutableSetOf<Int>()
        for (y in 0 until picture.width) {
            for (x in 0 until picture.width) shades += picture.getRGB(x, y) and 0xFFFFFF
        }
        assertEquals(setOf(0x000000, 0xFFFFFF), shades)
    }

    @Test
    fun `a code that gates would refuse is not on the screen`() {
        val schedule = code.schedule
        assertTrue(isDrawn(schedule.shownFromUnixS))
        assertTrue(isDrawn(schedule.goodUntilUnixS))
        assertTrue(!isDrawn(schedule.shownFromUnixS - 1))
        assertTrue(!isDrawn(schedule.goodUntilUnixS + 1))
    }

    @OptIn(ExperimentalTestApi::class)
    @Test
    fun `a screen reader says what it is and how long, in Chinese or English`() {
        val told =
            mapOf(
                Locale.CHINA to listOf("一码通二维码，请对准扫码设备", "30秒后自动更换"),
                Locale.UK to
                    listOf("Your code as a picture. Hold it to the scanner.", "Renews itself in 30 seconds."),
            )
        for ((locale, texts) in told) {
            runDesktopComposeUiTest {
                mainClock.autoAdvance = false
                setContent { OneCodeView(frame, clock = { NOW * 1000 }, locale = locale) }
                for (text in texts) onNodeWithContentDescription(text).assertExists()
            }
        }
        runDesktopComposeUiTest {
            mainClock.autoAdvance = false
            setContent { OneCodeView(null, locale = Locale.CHINA) }
            onNodeWithContentDescription("一码通二维码正在生成，请稍候").assertExists()
        }
    }

    @OptIn(ExperimentalTestApi::class)
    @Test
    fun `the seconds run, and an old code disappears by itself`() = runDesktopComposeUiTest {
        mainClock.autoAdvance = false
        var nowMs = NOW * 1000
        setContent { OneCodeView(frame, clock = { nowMs }, locale = Locale.UK) }
        for ((nowUnixS, text) in
            listOf(
                NOW to "Renews itself in 30 seconds.",
                NOW + 29 to "Renews itself in 1 seconds.",
                // The next one is late: this one is good still.
                NOW + 40 to "Renews itself in 0 seconds.",
                code.schedule.goodUntilUnixS + 1 to "Your code is being made. One moment, please.",
            )) {
            nowMs = nowUnixS * 1000
            mainClock.advanceTimeBy(1000)
            onNodeWithContentDescription(text).assertExists()
        }
    }

    private inline fun <R> ImageComposeScene.use(block: (ImageComposeScene) -> R): R =
        try {
            block(this)
        } finally {
            close()
        }

    private fun isDrawn(nowUnixS: Long): Boolean {
        val picture = drawn(200, 1f, nowUnixS)
        return (0 until 200).any { x -> picture.getRGB(x, 100) and 0xFFFFFF == 0 }
    }

    private fun drawn(widthDp: Int, density: Float, nowUnixS: Long): BufferedImage {
        val width = (widthDp * density).toInt()
        val scene =
            ImageComposeScene(width, width + (80 * density).toInt(), Density(density)) {
                Box(Modifier.padding(0.dp).width(widthDp.dp)) {
                    OneCodeView(frame, clock = { nowUnixS * 1000 })
                }
            }
        return scene.use { it.render().toComposeImageBitmap().toAwtImage() }
    }

    private fun decoded(picture: BufferedImage): String {
        val pixels = picture.getRGB(0, 0, picture.width, picture.height, null, 0, picture.width)
        val source = RGBLuminanceSource(picture.width, picture.height, pixels)
        return QRCodeReader().decode(BinaryBitmap(HybridBinarizer(source))).text
    }

    private fun frame(): CodeFrame {
        val key = generateKey(Algorithm.ESP256).key
        val claims =
            CardClaims(
                region = 310000,
                statusIndex = 7,
                entitlements = listOf(),
                maxWindowS = 60,
                expiresUnixS = NOW + 86_400,
                holderKey = key.publicKey(),
            )
        val credential = CardCredential.issue(claims, generateKey(Algorithm.ESP256).key)
        val code = CodeSession(credential, key).code(NOW)
        // As long as a code, and always the same: one in about 150 codes this decoder finds at no size.
        return CodeFrame.draw(code.copy(text = "OC1:" + "0123456789ABC".repeat(26)))
    }
}
