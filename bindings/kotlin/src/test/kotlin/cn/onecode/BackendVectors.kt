package cn.onecode

import org.json.JSONObject

internal const val hasBackend = true

/** Does what a vector says that is for servers: receipts checked, requests judged. */
internal fun Scanners.backendVector(vector: JSONObject): Map<String, Any?>? = try {
    when (vector.getString("do")) {
        "verify" -> told(keys(vector).verify(unhex(vector.getString("receipt"))))
        "chain" -> {
            val receipts = vector.getJSONArray("receipts").strings().map(::unhex)
            val end = if (vector.isNull("end")) null else link(vector.getJSONObject("end"))
            val start = link(vector.getJSONObject("start"))
            keys(vector).verifyChain(receipts, vector.getString("scanner"), start, end).run {
                mapOf(
                    "receipts" to this.receipts, "accepted" to accepted, "refused" to refused,
                    "handed_over" to handedOver, "clock_went_back" to clockWentBack,
                    "next" to mapOf("number" to next.number, "previous" to hex(next.previous)),
                )
            }
        }
        "replay" -> {
            val (trustList, catalogue) = listOf("trust_list", "catalogue").map { lists.text(it)?.toByteArray() }
            val archive = ReplayLists(editions, trustList, catalogue)
            lists.optJSONArray("withdrawals")?.strings()?.forEach { archive.addWithdrawal(it.toByteArray()) }
            lists.text("index")?.let { archive.addIndex(it.toByteArray()) }
            lists.getJSONArray("status").strings().forEach { archive.addStatus(unhex(it)) }
            val keys = ReceiptKeys.of(listOf(PublicKey.fromJwk(document.getString("scanner_key"))))
            told(archive.replay(unhex(vector.getString("receipt")), keys, vector.getString("text")))
        }
        "request" -> request(vector)
        "challenge" -> challengeKey(vector).open(vector.bytes("challenge"), handedTo(vector)).run {
            mapOf(
                "from_unix_s" to fromUnixS, "until_unix_s" to untilUnixS,
                "received_until_unix_s" to receivedUntilUnixS,
            )
        }
        "make_challenge" -> try {
            val (from, until) = vector.getLong("from_unix_s") to vector.getLong("until_unix_s")
            val made = challengeKey(vector).challenge(handedTo(vector), from, until, vector.bytes("random"))
            mapOf("challenge" to hex(made))
        } catch (e: UsageException.Seconds) {
            mapOf("problem" to "time")
        }
        "collect" -> ReceivedCollectRequest.fromBytes(vector.bytes("collect")).run {
            verify(PublicKey.fromJwk(vector.getString("key")), vector.getLong("now_unix_s"))
            mapOf("name" to requestName())
        }
        "move" -> {
            val keys = vector.getJSONArray("issuer_keys").strings().map { PublicKey.fromJwk(it) }
            val now = vector.getLong("now_unix_s")
            val move = VerifiedMove.verify(own(vector), vector.getString("text"), keys, now)
            mapOf("step" to move.admit(position(vector), now).name.lowercase())
        }
        "check_renewal" -> {
            checkRenewal(position(vector), PublicKey.fromJwk(vector.getString("key")))
            emptyMap()
        }
        "loss" -> {
            val moved = if (vector.isNull("moved_away_unix_s")) null else vector.getLong("moved_away_unix_s")
            mapOf("effect" to lossEffect(vector.getLong("now_unix_s"), moved).name.lowercase())
        }
        else -> null
    }
} catch (e: RequestRefusal.Refused) {
    told(e)
} catch (e: ReceiptProblem) {
    mapOf("problem" to name(e))
} catch (e: ReplayException) {
    mapOf("problem" to name(e))
} catch (e: ChainException.Broken) {
    val problem = (e.problem as? ChainProblem.Proof)?.problem ?: e.problem
    mapOf("at" to e.at, "number" to e.number, "problem" to name(problem))
}

private fun Scanners.keys(vector: JSONObject) =
    ReceiptKeys.fromTrustList(lists.getString("trust_list").toByteArray(), editions, vector.getLong("now_unix_s"))

private fun link(link: JSONObject) = ChainLink(link.getLong("number"), unhex(link.getString("previous")))

private fun told(receipt: Receipt): Map<String, Any> = receipt.run {
    mapOf(
        "scanner" to scanner, "time_unix_s" to timeUnixS, "number" to number, "previous" to hex(previous),
        "hash" to hex(hash), "verdict" to verdict, "handed_over" to handedOver, "application" to application,
        "place" to place, "text_hash" to hex(textHash), "card" to orNull(card), "tolerance_s" to toleranceS,
        "specimens_accepted" to specimensAccepted, "trust_list" to orNull(trustList), "catalogue" to orNull(catalogue),
        "status" to orNull(status?.run {
            mapOf("number" to number, "issued_at_unix_s" to issuedAtUnixS, "signed_by" to signedBy)
        }),
        "shown" to orNull(shown?.let(::hex)),
    )
}

private fun request(vector: JSONObject): Map<String, Any?> {
    val received = vector.text("text")?.let { ReceivedCardRequest.fromText(it) }
        ?: ReceivedCardRequest.fromBytes(vector.bytes("request"))
    val open = vector.getJSONObject("challenge").run {
        OpenChallenge(
            bytes("challenge"), getLong("from_unix_s"), getLong("until_unix_s"), getLong("received_until_unix_s"),
        )
    }
    val verified = received.verify(open, vector.getLong("now_unix_s"), vector.text("attestation")?.let(::unhex))
    val claims = verified.claims()
    return mapOf(
        "name" to verified.name(),
        "key" to claims.key.toJwk(),
        "issued_at_unix_s" to claims.issuedAtUnixS,
        "reason" to orNull(claims.replaces?.reason?.name?.lowercase()),
        "card" to orNull(claims.replaces?.card?.let(::told)),
        "placement" to placement(verified, false).name.lowercase(),
        "placement_of_known_key" to placement(verified, true).name.lowercase(),
    )
}

private fun challengeKey(vector: JSONObject) = ChallengeKey(vector.bytes("key"))

private fun handedTo(vector: JSONObject): HandedTo =
    if (vector.has("online")) HandedTo.Online(vector.bytes("online")) else HandedTo.Counter(vector.getLong("counter"))

private fun position(vector: JSONObject) = vector.getJSONObject("position").run {
    val moved = getJSONArray("moved_unix_s")
    PositionOnRecord(
        CardId(getInt("region"), getLong("status_index")),
        Status.valueOf(getString("status").uppercase()),
        PublicKey.fromJwk(getString("key")),
        (0 until moved.length()).map(moved::getLong),
        getBoolean("same_person"),
    )
}
