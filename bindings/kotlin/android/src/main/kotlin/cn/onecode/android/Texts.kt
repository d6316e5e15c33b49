package cn.onecode.android

import cn.onecode.IssuerException
import cn.onecode.MakeCodeException
import cn.onecode.RequestRefusal
import cn.onecode.SigningException
import cn.onecode.Wording
import cn.onecode.requestMessageOf
import java.io.IOException
import java.util.Locale

// What the view says, in Chinese and English. What a refusal says is in the core.

/** The text for a person: Chinese where that is the language of the phone, else English. */
fun Wording.text(locale: Locale = Locale.getDefault()): String =
    if (locale.language == "zh") zh else en

/**
 * What somebody is told whose code could not be made, or who did not get a card: what to do, not
 * what went wrong. The issuer's service and the core have their own words for theirs.
 */
fun Exception.forHolder(): Wording =
    when (this) {
        is MakeCodeException.Signing -> signing.forHolder()
        is SigningException.Locked ->
            Wording("请先验证身份，再出示一码通", "Unlock it first, then show the code.")
        is SigningException.Gone,
        is MakeCodeException.WrongKey -> KEY_GONE
        is SigningException.DoesNotHold,
        is SigningException.HashedTwice,
        is SigningException.WithoutZ,
        is SigningException.OtherSignerId,
        is SigningException.NotDer,
        is SigningException.WrongLength,
        is SigningException.OutOfRange -> KEY_WRONG
        is MakeCodeException.CardExpired ->
            Wording("电子社保卡需要更新，请联网后重试", "The card must be renewed. Go online and try again.")
        is MakeCodeException.NoUnusedSecond,
        is MakeCodeException.Time ->
            Wording("请检查手机时间后重试", "Check the time of this phone, and try again.")
        is IssuerException.Problem -> told(problem.reason, problem.advice)
        is RequestRefusal.Refused ->
            requestMessageOf(number)?.let { told(it.reason, it.advice) } ?: TRY_AGAIN
        is IOException -> Wording("请检查网络后重试", "Check the network, and try again.")
        else -> TRY_AGAIN
    }

private fun told(reason: Wording, advice: Wording) =
    Wording(reason.zh + advice.zh, "${reason.en} ${advice.en}")

private val KEY_GONE =
    Wording("本机密钥已失效，请重新申领电子社保卡", "The key of this phone is gone. Apply for the card again.")

private val KEY_WRONG =
    Wording("本机密钥签名有误，请重新申领电子社保卡", "The key of this phone signs wrongly. Apply for the card again.")

private val TRY_AGAIN = Wording("暂时无法出示，请重试", "The code could not be made. Try again.")

/** What a screen reader says of the picture. */
internal val SPOKEN = Wording("一码通二维码，请对准扫码设备", "Your code as a picture. Hold it to the scanner.")

/** The same while there is none. */
internal val SPOKEN_WAITING = Wording("一码通二维码正在生成，请稍候", "Your code is being made. One moment, please.")

/** What a screen reader says of the countdown, when somebody asks. */
internal fun spoken(secondsLeft: Long) =
    Wording("${secondsLeft}秒后自动更换", "Renews itself in $secondsLeft seconds.")
