package cn.onecode

import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals

/** Does what a vector of `requests.json` says that is for phones; null for a vector of another file. */
internal fun requestVector(vector: JSONObject): Map<String, Any?>? = try {
    when (vector.optString("do")) {
        "move_question" -> {
            val card = CardCredential.fromBytes(vector.bytes("credential"))
            val question = MoveQuestion.read(vector.getString("text"), card, vector.getLong("now_unix_s"))
            mapOf("consent" to hex(question.consent()))
        }
        "move_answer" -> mapOf("card" to told(own(vector).readAnswer(vector.getString("text"))))
        "renewal_due" -> {
            val card = CardCredential.fromBytes(vector.bytes("credential"))
            mapOf("due_unix_s" to renewalDueUnixS(card.claims()))
        }
        "retry" -> {
            val after = if (vector.isNull("retry_after_s")) null else vector.getLong("retry_after_s")
            mapOf("wait_s" to retryWaitS(vector.getInt("failed"), vector.getLong("random"), after))
        }
        else -> null
    }
} catch (e: RequestRefusal.Refused) {
    told(e)
}

internal fun told(refused: RequestRefusal.Refused): Map<String, Any?> {
    // Its number has words for people.
    assertEquals(refused.name, requestMessageOf(refused.number)?.name)
    return mapOf("number" to refused.number) + (refused.problem?.let { mapOf("problem" to it) } ?: emptyMap())
}

internal fun JSONObject.bytes(name: String) = unhex(getString(name))

internal fun own(vector: JSONObject) = CardRequest.fromBytes(vector.bytes("request"))

internal fun told(card: CardId) = "${card.region}-${card.statusIndex}"
