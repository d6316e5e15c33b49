package cn.onecode

import org.json.JSONObject

/** Visits publications one after the other with one scanner, as a vector of `publishing.json` says. */
internal fun fetchVector(document: JSONObject, vector: JSONObject): List<Map<String, Any?>> {
    val roots = vector.text("roots_hash")?.let { Roots.fromHash(it) } ?: Roots.fromEdition(file(document, "roots 1"))
    val fetcher = Fetcher(roots, FetchPurpose.valueOf(vector.getString("purpose").uppercase()))
    return vector.getJSONArray("visits").objects().map { fetcher.visit(document, it) }
}

private fun file(document: JSONObject, name: String): ByteArray {
    val content = document.getJSONObject("files").getString(name)
    return if ("cwt" in name) unhex(content) else content.toByteArray()
}

private class Fetcher(roots: Roots, private val purpose: FetchPurpose) {
    private val scanner = OneCodeScanner(roots, Policy())
    private val store = HashMap<String, ByteArray>()
    private var anchors = mapOf<String, List<Long>>()

    fun visit(document: JSONObject, visit: JSONObject): Map<String, Any?> {
        val now = visit.getLong("now_unix_s")
        val files = visit.getJSONObject("files")
        visit.optJSONArray("damaged")?.strings()?.forEach { store[it] = "damaged".toByteArray() }
        val fetch = Fetch(purpose, now)
        val asked = mutableListOf<String>()
        val later = sortedSetOf<String>()
        while (true) {
            when (val step = fetch.step(scanner, anchors) ?: break) {
                is FetchStep.Install -> try {
                    fetch.install(scanner, step.paths.map { store.getValue(it) })
                } catch (e: InstallException) {
                    // It is among the problems.
                }
                is FetchStep.Get -> {
                    val wanted = step.wanted
                    val path = wanted.path
                    val kept = store[path].takeIf { wanted.mayBeKept && !wanted.isRewritten }
                    if (kept != null) {
                        fetch.answer(FetchAnswer.Kept(kept))
                        continue
                    }
                    asked += path
                    if (wanted.later) later += path
                    val name = files.text(path)
                    if (name == null) {
                        fetch.answer(FetchAnswer.Missing)
                        continue
                    }
                    val content = file(document, name)
                    if (fetch.answer(FetchAnswer.Fetched(content))) store[path] = content
                }
            }
        }
        return told(fetch, now) + mapOf("asked" to asked, "later" to later.toList())
    }

    private fun told(fetch: Fetch, now: Long): Map<String, Any?> {
        val ready = scanner.preflight(now)
        val kept = ready.status.filter { purpose != FetchPurpose.NOW }.mapNotNull {
            fetch.statusToKeep(it.issuer, scanner, anchors)?.let { status -> it.issuer to status.anchors }
        }.toMap()
        anchors = anchors + kept
        return mapOf(
            "problems" to fetch.problems().map { listOf(it.path, it.name) },
            "roots" to orNull(ready.roots?.sequence),
            "trust_list" to orNull(ready.trustList?.sequence),
            "catalogue" to orNull(ready.catalogue?.sequence),
            "status" to ready.status.associate { it.issuer to orNull(it.oldestUnixS) },
            "kept" to kept,
        )
    }
}
