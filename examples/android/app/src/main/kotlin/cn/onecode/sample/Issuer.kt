// The issuer's service. Here is the one place with its address, and with who is signed in.
package cn.onecode.sample

import cn.onecode.IssuerCall
import cn.onecode.IssuerClient
import cn.onecode.UrlConnectionExchange
import java.io.IOException
import org.json.JSONObject

object Issuer {
    /** `onecode-service` on the machine that runs the emulator. Yours is your agency's, by https. */
    private const val URL = "http://10.0.2.2:8031"

    /** Whose card it is: yours is who has signed in. */
    private const val HOLDER = "practice holder"

    val client = IssuerClient(URL, { practiceToken() })

    /** Practice gives a token to whoever asks. Your app asks its identity provider (OpenID Connect). */
    private fun practiceToken(): String {
        val body = JSONObject().put("subject", HOLDER).toString().toByteArray()
        val call = IssuerCall("POST", "$URL/practice/token", "application/json", body, withToken = false)
        val answer = UrlConnectionExchange().exchange(call, null)
        if (answer.status != 200) throw IOException("no practice token: ${answer.status}")
        return JSONObject(answer.body.decodeToString()).getString("access_token")
    }
}
