package cn.onecode

import org.json.JSONObject

/** In place of BackendVectors.kt, which does not compile against the binding for phones. */
internal const val hasBackend = false

internal fun Scanners.backendVector(vector: JSONObject): Nothing = error("for servers: ${vector.getString("name")}")
