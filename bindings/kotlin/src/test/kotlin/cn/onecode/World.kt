package cn.onecode

import org.json.JSONObject

/** One operator, one issuer, one card, one gate. */
internal class World(windowS: Int = 60, private val duplicates: String = "allow", private val gate: PublicKey? = null) {
    val root = generateKey(Algorithm.ED25519).key
    val issuer = generateKey(Algorithm.ESP256).key
    val phone = generateKey(Algorithm.ESP256).key
    val card = CardCredential.issue(claims(phone.publicKey(), windowS), issuer)

    fun claims(holderKey: PublicKey, windowS: Int = 60) = CardClaims(
        region = 310000,
        statusIndex = 7,
        entitlements = listOf(0, 1, 6),
        maxWindowS = windowS,
        expiresUnixS = NOW + 30 * DAY,
        holderKey = holderKey,
    )

    fun session(key: DeviceKey = phone) = CodeSession(card, key)

    val trustList: ByteArray by lazy { signed(DocumentKind.TRUST_LIST, trustListJson(), root) }

    fun trustListJson(sequence: Int = 1): String {
        fun key(key: PublicKey, maySign: Map<String, Any>) = mapOf(
            "jwk" to JSONObject(key.toJwk()), "may_sign" to maySign,
            "not_before" to "2026-01-01T00:00:00Z", "not_after" to "2030-01-01T00:00:00Z",
        )
        val keys = listOfNotNull(
            key(issuer.publicKey(), mapOf("credentials" to listOf(310000), "status_lists" to true)),
            gate?.let { key(it, mapOf("receipts" to listOf("gate-1"))) },
        )
        val issuers = listOf(mapOf("id" to "cn-31", "name" to name("上海", "Shanghai"), "region" to 310000, "keys" to keys))
        return edition("issuers" to issuers, "sequence" to sequence)
    }

    val catalogue: ByteArray by lazy { signed(DocumentKind.CATALOGUE, catalogueJson(), root) }

    fun catalogueJson(): String {
        val metro = mapOf(
            "number" to METRO, "id" to "transit.metro", "domain" to "transit", "name" to name("地铁", "Metro"),
            "places" to listOf(310000, 320000), "status" to mapOf("max_age_s" to DAY, "beyond" to "accept"),
            "duplicates" to mapOf("rule" to duplicates), "from" to "2026-01-01T00:00:00Z",
        )
        val foreign = mapOf(
            "id" to "web", "name" to name("网址", "a web address"), "advice" to name("请出示一码通。", "Ask for the one code."),
            "pattern" to mapOf("begins_with" to listOf("https://")),
        )
        return edition("entitlements" to listOf<Any>(), "applications" to listOf(metro), "foreign_codes" to listOf(foreign))
    }

    fun scanner() = OneCodeScanner(Roots.fromKey(root.publicKey()), Policy(withoutStatusLists = true)).also {
        it.installTrustList(trustList, NOW)
        it.installCatalogue(catalogue, NOW)
    }

    fun at(nowUnixS: Long) = ScanContext(METRO, 320500, nowUnixS)

    fun name(zh: String, en: String) = mapOf("zh" to zh, "en" to en)

    fun edition(vararg members: Pair<String, Any>) = JSONObject(
        mapOf(
            "sequence" to 1, "issued_at" to "2026-11-01T00:00:00Z", "next_update" to "2027-11-01T00:00:00Z",
            "expires" to "2028-11-01T00:00:00Z", *members,
        )
    ).toString()

    companion object {
        const val NOW = 1_795_392_000L
        const val DAY = 86_400L
        const val METRO = 101
    }
}

/** A document as one key signs it. */
internal fun signed(kind: DocumentKind, json: String, key: DeviceKey): ByteArray =
    SignedDocument.ofPayload(kind, json.toByteArray()).sign(key, World.NOW).toJson()

/** Everything that a person could read of an exception. */
internal fun textsOf(error: Throwable): String = "${error.message} $error ${error.cause}"
