package cn.onecode.android

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.text.BasicText
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableLongStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.runtime.withFrameMillis
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawWithCache
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Paint
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.drawscope.drawIntoCanvas
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import cn.onecode.CodeClock
import cn.onecode.CodeFrame
import java.util.Locale
import kotlinx.coroutines.delay

/** How often the seconds are looked at. */
private const val COUNT_EVERY_MS = 200L

/**
 * A code as a gate wants it: modules of a whole number of pixels, black on white in a dark theme
 * too, with its quiet zone; below it, large, the seconds until the next one.
 *
 * A screen reader says what the picture is and what to do with it; the seconds only when asked.
 * Nothing is drawn when [frame] is null, is not yet to be shown, or is past its end: a picture that
 * every gate would refuse is never on the screen.
 *
 * @param frame what `codeFlow()` emitted last.
 * @param clock the one that was given to `codeFlow()`.
 * @param locale what the screen reader speaks: Chinese or else English.
 */
@Composable
fun OneCodeView(
    frame: CodeFrame?,
    modifier: Modifier = Modifier,
    clock: CodeClock = CodeClock.DEVICE,
    locale: Locale = Locale.getDefault(),
) {
    var nowMs by remember(frame, clock) { mutableLongStateOf(clock.nowUnixMs()) }
    LaunchedEffect(frame, clock) {
        while (true) {
            // There are no frames in the background, and so nothing is done there.
            withFrameMillis { nowMs = clock.nowUnixMs() }
            delay(COUNT_EVERY_MS)
        }
    }
    val nowS = Math.floorDiv(nowMs, 1000L)
    val shown =
        frame?.takeIf { nowS in it.code.schedule.shownFromUnixS..it.code.schedule.goodUntilUnixS }
    CodeLayout(modifier.background(Color.White).padding(bottom = 12.dp)) {
        Box(
            (if (shown == null) Modifier else Modifier.modules(shown)).semantics {
                role = Role.Image
                contentDescription = (if (shown == null) SPOKEN_WAITING else SPOKEN).text(locale)
            }
        )
        val left = shown?.secondsLeft(nowMs)
        BasicText(
            left?.toString() ?: "…",
            Modifier.clearAndSetSemantics {
                if (left != null) contentDescription = spoken(left).text(locale)
            },
            style = TextStyle(Color.Black, 40.sp, FontWeight.Bold),
        )
    }
}

/**
 * The picture as the largest square that leaves room for the seconds below it: as wide as the space,
 * or in landscape as high.
 */
@Composable
private fun CodeLayout(modifier: Modifier, content: @Composable () -> Unit) =
    Layout(content, modifier) { (picture, seconds), space ->
        val text = seconds.measure(space.copy(minWidth = 0, minHeight = 0))
        val height =
            if (space.hasBoundedHeight) maxOf(space.maxHeight - text.height, 0)
            else Constraints.Infinity
        val side = minOf(space.maxWidth, height).takeIf { it != Constraints.Infinity } ?: 0
        val square = picture.measure(Constraints.fixed(side, side))
        val width = if (space.hasBoundedWidth) space.maxWidth else maxOf(side, text.width)
        layout(width, side + text.height) {
            square.place((width - side) / 2, 0)
            text.place((width - text.width) / 2, side)
        }
    }

/** Draws the modules without a blurred edge, centred, as large as whole pixels allow. */
private fun Modifier.modules(frame: CodeFrame): Modifier = drawWithCache {
    val side = minOf(size.width, size.height).toInt()
    val layout = frame.layout(side)
    val modulePx = layout.modulePx
    val left = (size.width.toInt() - side) / 2 + layout.originPx
    val top = (size.height.toInt() - side) / 2 + layout.originPx
    val dark = Path()
    for (run in frame.runs) {
        dark.addRect(
            Rect(
                (left + run.x * modulePx).toFloat(),
                (top + run.y * modulePx).toFloat(),
                (left + (run.x + run.length) * modulePx).toFloat(),
                (top + (run.y + 1) * modulePx).toFloat(),
            )
        )
    }
    val paint = Paint().apply {
        color = Color.Black
        isAntiAlias = false
    }
    onDrawBehind { drawIntoCanvas { it.drawPath(dark, paint) } }
}
