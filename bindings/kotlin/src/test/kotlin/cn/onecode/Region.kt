package cn.onecode

import cn.onecode.World.Companion.NOW
import org.json.JSONObject

/** Five holders, of whom three sign; one issuer, for which sh answers; one card. */
internal class Region {
    val world = World(duplicates = "refuse")
    val indexKey = generateKey(Algorithm.ESP256).key
    val keys = IDS.associateWith { generateKey(Algorithm.ESP256).key }.toMutableMap()
    val first = sign(DocumentKind.ROOTS, rootsJson(1), "ah", "js", "sh")
    lateinit var oldKey: DeviceKey

    fun key(holder: String) = keys.getValue(holder)

    fun draft(kind: DocumentKind, json: String) = SignedDocument.ofPayload(kind, json.toByteArray())

    fun sign(kind: DocumentKind, json: String, vararg holders: String): ByteArray =
        holders.fold(draft(kind, json)) { document, holder -> document.sign(key(holder), NOW) }.toJson()

    fun rootsJson(sequence: Int, previous: String? = null): String {
        fun key(key: DeviceKey, vararg signs: String) =
            mapOf("jwk" to JSONObject(key.publicKey().toJwk()), "signs" to signs.toList())
        val holders = IDS.map { id ->
            val keys = mutableListOf(key(key(id), "roots", "trust_list", "catalogue", "withdrawal"))
            if (id == "ah") keys += key(indexKey, "index")
            val issuers = if (id == "sh") listOf("cn-31") else listOf()
            mapOf("id" to id, "name" to world.name(id, id), "issuers" to issuers, "keys" to keys)
        }
        val members = mutableListOf<Pair<String, Any>>(
            "sequence" to sequence, "holders" to holders,
            "thresholds" to mapOf("roots" to 3, "trust_list" to 3, "catalogue" to 2),
        )
        previous?.let { members += "previous" to it }
        return world.edition(*members.toTypedArray())
    }

    /** The second edition, in which sh has another key. */
    fun nextRoots(): ByteArray {
        oldKey = key("sh")
        keys["sh"] = generateKey(Algorithm.ESP256).key
        return sign(DocumentKind.ROOTS, rootsJson(2, SignedDocument.fromJson(first).hash()), "ah", "js", "zj")
    }

    val trustList by lazy { sign(DocumentKind.TRUST_LIST, world.trustListJson(), "ah", "js", "zj") }
    val catalogue by lazy { sign(DocumentKind.CATALOGUE, world.catalogueJson(), "ah", "escrow") }

    fun noticeJson() = JSONObject(
        mapOf(
            "issued_at" to "2026-11-23T00:00:00Z", "expires" to "2026-11-24T00:00:00Z", "issuer" to "cn-31",
            "keys" to listOf(world.issuer.publicKey().jwkThumbprint()),
        )
    ).toString()

    fun emptyGate() = OneCodeScanner(Roots.fromEdition(first), Policy(withoutStatusLists = true))

    /** A gate with the first edition and the lists. */
    fun gate() = emptyGate().also {
        it.installTrustList(trustList, NOW)
        it.installCatalogue(catalogue, NOW)
    }

    companion object {
        val IDS = listOf("ah", "escrow", "js", "sh", "zj")
    }
}
