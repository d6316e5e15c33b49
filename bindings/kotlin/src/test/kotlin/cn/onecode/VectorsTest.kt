package cn.onecode

import java.io.File
import org.json.JSONArray
import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Every vector of tests/vectors, with the verdicts, numbers and facts that Rust gives. */
class VectorsTest {
    @Test
    fun vectors() {
        var (run, left) = 0 to 0
        val files = File(System.getProperty("onecode.vectors")).listFiles { it -> it.extension == "json" }
        for (file in files!!.sorted()) {
            val document = JSONObject(file.readText())
            val vectors = document.optJSONArray("vectors") ?: continue
            for (vector in vectors.objects()) {
                val where = "${file.name}: ${vector.getString("name")}"
                val scanners = Scanners(document, vector)
                if (vector.optString("do") in FOR_SERVERS && !hasBackend) {
                    left += 1
                    continue
                }
                for ((it, expected) in scanners.found(vector)) {
                    val found = JSONObject.wrap(it)
                    assertTrue(same(expected, found), "$where\nexpected $expected\nfound    $found")
                }
                run += 1
            }
        }
        // Maven leaves an escape sequence at the beginning of the line.
        if (hasBackend) println("\nKotlin: $run vectors")
        else println("\nKotlin for phones: $run vectors; $left are for servers")
    }
}

/** What only the binding for servers does; BackendVectors.kt holds it to these. */
private val FOR_SERVERS = setOf(
    "verify", "chain", "replay", "request", "challenge", "make_challenge", "collect", "move", "check_renewal", "loss",
)

internal fun JSONArray.objects(): List<JSONObject> = (0 until length()).map(::getJSONObject)
internal fun JSONArray.strings(): List<String> = (0 until length()).map(::getString)
internal fun JSONObject.text(name: String): String? = if (isNull(name)) null else getString(name)

/** `JSONObject.similar` tells 1 from 1L. */
private fun same(a: Any?, b: Any?): Boolean = when {
    a is JSONObject && b is JSONObject -> a.keySet() == b.keySet() && a.keySet().all { same(a[it], b[it]) }
    a is JSONArray && b is JSONArray -> a.length() == b.length() && (0 until a.length()).all { same(a[it], b[it]) }
    a is Number && b is Number -> a.toLong() == b.toLong()
    else -> a == b
}

internal fun hex(bytes: ByteArray) = bytes.joinToString("") { "%02x".format(it) }

internal fun unhex(hex: String) = ByteArray(hex.length / 2) { hex.substring(2 * it, 2 * it + 2).toInt(16).toByte() }

/** `StatusUnknown` is `status_unknown`. */
internal fun name(value: Any): String =
    if (value is Enum<*>) value.name.lowercase()
    else value.javaClass.simpleName.replace(Regex("(?<!^)[A-Z]")) { "_" + it.value }.lowercase()

private val DOCUMENTS = listOf("roots", "trust_list", "catalogue", "withdrawal", "index")

/** The scanners of one vector, by name. Each begins with the lists of the vector. */
internal class Scanners(val document: JSONObject, vector: JSONObject) {
    val lists = JSONObject(document.opt("lists")?.toString() ?: "{}").also { lists ->
        val set = vector.text("lists")?.let { document.getJSONObject("list_sets").getJSONObject(it) }
        set?.keySet()?.forEach { lists.put(it, set.get(it)) }
    }
    private val policy = Policy(
        vector.optInt("tolerance_s", 30), vector.optBoolean("accept_specimens"), lists.optBoolean("without_status_lists"),
    )
    private val venueKey = unhex(document.optString("venue_key"))
    private val byName = HashMap<String, OneCodeScanner>()

    private fun named(name: String) = byName.getOrPut(name) {
        OneCodeScanner(rootsOf(lists), policy).also(::installLists)
    }

    private fun installLists(scanner: OneCodeScanner) {
        val now = lists.getLong("installed_at_unix_s")
        lists.optJSONArray("walked")?.strings()?.forEach { installDocument(scanner, "roots", it, now) }
        for (kind in listOf("trust_list", "catalogue", "index")) {
            lists.text(kind)?.let { installDocument(scanner, kind, it, now) }
        }
        lists.getJSONArray("status").strings().forEach { scanner.installStatus(unhex(it), now) }
        lists.optJSONArray("damaged")?.strings()?.forEach {
            val taken = try {
                scanner.installStatus(unhex(it), now)
                true
            } catch (e: InstallException) {
                false
            }
            assertEquals(false, taken, "a damaged list was taken")
        }
        // After the lists: a status list by a key that they withdraw is in force already.
        lists.optJSONArray("withdrawals")?.strings()?.forEach { installDocument(scanner, "withdrawal", it, now) }
    }

    private fun installDocument(scanner: OneCodeScanner, kind: String, json: String, now: Long) {
        val bytes = json.toByteArray()
        when (kind) {
            "roots" -> scanner.installRoots(bytes)
            "trust_list" -> scanner.installTrustList(bytes, now)
            "catalogue" -> scanner.installCatalogue(bytes, now)
            "withdrawal" -> scanner.installWithdrawal(bytes, now)
            "index" -> scanner.installIndex(bytes, now)
            else -> error("no document is called $kind")
        }
    }

    /** What scanners are set up with: an edition, the hash of one, or a lone key. */
    private fun rootsOf(lists: JSONObject): Roots =
        lists.text("roots")?.let { Roots.fromEdition(it.toByteArray()) }
            ?: lists.text("roots_hash")?.let { Roots.fromHash(it) }
            ?: Roots.fromKey(PublicKey.fromJwk(lists.getString("root")))

    /** The same, and each edition that they walk to. */
    val editions by lazy {
        val walked = lists.optJSONArray("walked")?.strings().orEmpty()
        walked.runningFold(rootsOf(lists)) { roots, next -> roots.walk(next.toByteArray()) }
    }

    /** Does what a vector says, and tells what came of each step with what should have. */
    fun found(vector: JSONObject): Sequence<Pair<Any?, Any?>> = sequence {
        (if (vector.optString("do") in FOR_SERVERS) backendVector(vector) else requestVector(vector))?.let {
            yield(it to vector.get("expected"))
            return@sequence
        }
        if (vector.optString("do") == "fetch") {
            yield(fetchVector(document, vector) to vector.get("expected"))
            return@sequence
        }
        if (vector.has("do")) {
            yield(single(vector) to vector.get("expected"))
            return@sequence
        }
        val steps = vector.optJSONArray("steps")?.objects()
        for (step in steps ?: listOf(vector.put("do", "scan").put("scanner", "only"))) {
            yield(step(step) to step.get("expected"))
        }
    }

    private fun single(vector: JSONObject): Any = try {
        when (val what = vector.getString("do")) {
            "pseudonym" -> {
                val credential = CardCredential.fromBytes(unhex(vector.getString("credential")))
                mapOf("card" to pseudonymOf(credential, vector.getInt("application"), vector.getLong("time_unix_s")))
            }
            "text_hash" -> {
                val (application, time) = vector.getInt("application") to vector.getLong("time_unix_s")
                mapOf("text_hash" to hex(receiptTextHash(vector.getString("text"), application, time)))
            }
            "read_challenge" -> mapOf("challenge" to hex(challengeFromText(vector.getString("text"))))
            else -> error("nothing is called $what")
        }
    } catch (e: ChallengeTextException) {
        mapOf("problem" to name(e))
    }

    /** Does one step and tells what came of it. */
    fun step(step: JSONObject): Any? {
        val scanner = named(step.getString("scanner"))
        val now = step.optLong("now_unix_s")
        return when (val what = step.getString("do")) {
            "scan" -> {
                val challenge = step.text("challenge")?.let(::unhex)
                val context = ScanContext(step.getInt("application"), step.getInt("place"), now, challenge)
                told(scanner.scan(step.getString("text"), context))
            }
            "install" -> try {
                when (val kind = DOCUMENTS.find(step::has)) {
                    null -> scanner.installStatus(unhex(step.getString("status")), now)
                    else -> installDocument(scanner, kind, step.getString(kind), now)
                }
                mapOf("taken" to true)
            } catch (e: InstallException) {
                mapOf("taken" to false)
            }
            "begin_anew" -> scanner.beginAnew(rootsOf(step)).let { null }
            "restart" -> {
                val next = OneCodeScanner.restore(scanner.snapshot(), policy)
                if (step.getBoolean("install_lists")) installLists(next)
                byName[step.getString("scanner")] = next
                null
            }
            "reinstall" -> try {
                scanner.installStatuses(step.getJSONArray("status").strings().map(::unhex), now)
                mapOf("taken" to true)
            } catch (e: InstallException) {
                mapOf("taken" to false)
            }
            "duplicate_capacity" -> scanner.setDuplicateCapacity(step.getLong("entries")).let { null }
            "failing_store" -> scanner.setDuplicateStore(object : DuplicateStore {
                override fun record(codeUse: CodeUse): Earlier = throw HostException.Unavailable()
            }).let { null }
            "merge" -> merge(scanner, named(step.getString("from")).duplicatesSummaries(venueKey, now), now)
            "merge_summary" -> merge(scanner, listOf(unhex(step.getString("summary"))), now)
            "expect_challenge" -> try {
                scanner.expectChallenge(unhex(step.getString("challenge")), step.getLong("expires_unix_s"), now)
                mapOf("open" to true)
            } catch (e: ChallengeException) {
                mapOf("open" to false)
            }
            "preflight" -> mapOf("applications" to scanner.preflight(now).applications.map(::outlook))
            else -> error("no step is called $what")
        }
    }

    private fun merge(scanner: OneCodeScanner, summaries: List<ByteArray>, now: Long): Map<String, Any> = try {
        val merged = summaries.map { scanner.mergeDuplicates(it, venueKey, now) }
        mapOf("taken" to true, "new_codes" to merged.sumOf { it.newCodes }, "new_cards" to merged.sumOf { it.newCards })
    } catch (e: SummaryException) {
        mapOf("taken" to false)
    }

    private fun outlook(outlook: Outlook) = mapOf(
        "application" to outlook.application,
        "works_until_unix_s" to orNull((outlook.worksUntil as? Until.Second)?.unixS),
        "endings" to outlook.endings.map {
            mapOf(
                "until_unix_s" to orNull((it.until as? Until.Second)?.unixS),
                "reason" to name(it.reason),
                "number" to it.number,
                "issuer" to orNull(it.issuer),
                "refuses" to it.refuses,
            )
        },
    )
}

internal fun orNull(value: Any?): Any = value ?: JSONObject.NULL

/** A verdict in the form in which vectors expect it. */
internal fun told(verdict: Verdict): Map<String, Any> = when (verdict) {
    is Verdict.Accepted -> verdict.acceptance.run {
        mapOf(
            "verdict" to "accepted",
            "issuer" to issuer.id,
            "region" to region,
            "card" to card,
            "entitlements" to "0x%x".format(entitlements.fold(0L) { bits, bit -> bits or (1L shl bit) }),
            "age_s" to ageS,
            "delegate" to delegate,
            "specimen" to specimen,
            "status" to told(status),
            "advisories" to advisories.map(::name),
        ) + advisories.mapNotNull { why(it)?.let { why -> name(it) to why } }.toMap()
            .let { if (it.isEmpty()) emptyMap() else mapOf("why" to it) } +
            advisories.filterIsInstance<Advisory.NewerExists>().associate { "missing" to it.missing.map(::name) }
    }
    is Verdict.Refused -> {
        // The refusal has the name that its number has: nothing fell through the binding.
        assertEquals(verdict.message.name, name(verdict.refusal))
        val facts = verdict.facts.associate {
            it.name to when (val fact = it.fact) {
                is Fact.Number -> fact.value
                is Fact.Text -> fact.value
            }
        }
        // And so have the causes.
        assertEquals(facts["why"], why(verdict.refusal))
        mapOf("verdict" to "refused", "number" to verdict.message.number, "facts" to facts)
    }
    is Verdict.HandedOver -> mapOf("verdict" to "handed_over", "id" to verdict.kind.id)
}

private fun told(status: StatusAnswer): Map<String, Any> = when (status) {
    is StatusAnswer.Valid -> mapOf("valid_as_of_unix_s" to status.asOfUnixS)
    is StatusAnswer.Unknown -> mapOf("unknown" to name(status.why), "since_unix_s" to orNull(
        when (val why = status.why) {
            is UnknownStatus.NoList -> null
            is UnknownStatus.OldList -> why.asOfUnixS
            is UnknownStatus.Unreadable -> why.sinceUnixS
            is UnknownStatus.Withdrawn -> why.asOfUnixS
        }
    ))
}

private fun name(why: UnknownStatus): String = when (why) {
    is UnknownStatus.NoList -> "none"
    is UnknownStatus.OldList -> "old"
    is UnknownStatus.Unreadable -> "unreadable"
    is UnknownStatus.Withdrawn -> "withdrawn"
}

/** Why something is not known, where that is what an advisory says. */
private fun why(advisory: Advisory): String? = when (advisory) {
    is Advisory.StatusUnknown -> name(advisory.why)
    is Advisory.DuplicatesUnchecked -> name(advisory.why)
    else -> null
}

private fun why(refusal: Refusal): String? = when (refusal) {
    is Refusal.StatusUnknown -> name(refusal.why)
    is Refusal.DuplicatesUnavailable -> name(refusal.why)
    else -> null
}
