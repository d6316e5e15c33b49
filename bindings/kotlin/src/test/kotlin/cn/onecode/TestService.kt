package cn.onecode

import java.io.File
import java.nio.file.Files
import java.util.Base64
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import org.json.JSONArray
import org.json.JSONObject

/**
 * The service of an issuer in practice, as a process of its own with books of its own; the binary is
 * what `bindings/build.sh kotlin --test` builds.
 */
internal class TestService(
    cards: String = "",
    limits: String = "per_minute = 100000",
    more: String = "",
    positions: Int = 1_000,
) : AutoCloseable {
    private val folder: File = Files.createTempDirectory("onecode service of tests").toFile()

    /** Signs credentials; the tests are in the issuer's house. */
    val issuer = keyFile("cards")
    private val process: Process
    val url: String

    init {
        keyFile("status")
        val config = File(folder, "service.toml")
        config.writeText(
            """
            mode = "practice"
            issuer = "cn-31"
            listen = "127.0.0.1:0"
            public_url = "http://127.0.0.1"
            [keys]
            cards = "cards.pem"
            status = "status.pem"
            [books]
            database = "sqlite:books.db"
            positions = $positions
            [publish]
            folder = "published"
            [cards]
            $cards
            [limits]
            $limits
            $more
            """,
        )
        val binary = System.getProperty("onecode.service").orEmpty()
        check(File(binary).canExecute()) { "no service at '$binary': bash bindings/build.sh kotlin --test" }
        process = ProcessBuilder(binary, config.path).redirectErrorStream(true).start()
        val lines = process.inputStream.bufferedReader()
        val said = ArrayList<String>()
        val address = generateSequence { lines.readLine()?.also(said::add) }
            .firstOrNull { it.startsWith("listening ") }
        checkNotNull(address) { said.joinToString("\n") }
        url = "http://" + address.removePrefix("listening ")
        // Nobody reads its log, and a full pipe would stop it.
        thread(isDaemon = true) { runCatching { lines.forEachLine { } } }
    }

    private fun keyFile(name: String): DeviceKey {
        val generated = generateKey(Algorithm.ESP256)
        val body = Base64.getMimeEncoder(64, byteArrayOf('\n'.code.toByte())).encodeToString(generated.pkcs8)
        File(folder, "$name.pem").writeText("-----BEGIN PRIVATE KEY-----\n$body\n-----END PRIVATE KEY-----\n")
        return generated.key
    }

    private fun post(path: String, body: JSONObject, bearer: String?): JSONObject {
        val call = IssuerCall("POST", url + path, "application/json", body.toString().toByteArray(), bearer != null)
        val answer = UrlConnectionExchange().exchange(call, bearer)
        check(answer.status in 200..299) { "$path: ${answer.status} ${String(answer.body)}" }
        return JSONObject(String(answer.body))
    }

    /** A token as the practice region gives it to whoever asks. */
    fun token(subject: String, staff: Boolean = false): String {
        val asked = JSONObject().put("subject", subject).put("staff", staff)
        return post("/practice/token", asked, null).getString("access_token")
    }

    fun asStaff(path: String, body: JSONObject = JSONObject()): JSONObject =
        post(path, body, token("counter 7", staff = true))

    /** A card for [subject], and the code that the counter hands out for it. */
    fun grant(reference: String, subject: String = reference): String? {
        val card = JSONObject().put("reference", reference).put("subject", subject)
            .put("region", 310000).put("entitlements", JSONArray(listOf(0, 1)))
        return asStaff("/staff/cards", card).toString().let(::codeIn)
    }

    private fun codeIn(answer: String) =
        Regex("\"pre-authorized_code\":\"([^\"]+)\"").find(answer)?.groupValues?.get(1)

    fun client(
        subject: String,
        exchange: HttpExchange = UrlConnectionExchange(),
        clock: CodeClock = CodeClock.DEVICE,
    ) = IssuerClient(url, { token(subject) }, exchange, clock)

    /** A phone with a card of [subject]'s. */
    fun enrolled(subject: String): Phone {
        grant(subject)
        val key = phoneKey()
        val issued = client(subject).enrol(key)
        return Phone(key, issued, CodeSession(issued.credential, key))
    }

    class Phone(val key: DeviceKey, val issued: IssuedCard, val session: CodeSession) {
        val claims get() = issued.credential.claims()

        /** Agrees to what it has scanned. */
        fun agree(request: CardRequest, nowUnixS: Long = now()): String {
            val question = MoveQuestion.read(request.text(), issued.credential, nowUnixS)
            return session.consent(nowUnixS, question.agree()).text
        }
    }

    override fun close() {
        process.destroy()
        if (!process.waitFor(30, TimeUnit.SECONDS)) process.destroyForcibly()
        folder.deleteRecursively()
    }

    companion object {
        fun phoneKey(): DeviceKey = generateKey(Algorithm.ESP256).key

        fun now() = System.currentTimeMillis() / 1000
    }
}

/** Both steps at once, as on a phone whose answers all arrive. */
internal fun IssuerClient.enrol(
    key: DeviceKey,
    replaces: Replaces? = null,
    challenge: IssuerChallenge? = null,
    attestation: ByteArray? = null,
): IssuedCard = finishEnrol(beginEnrol(key, replaces, challenge, attestation), key, attestation = attestation)
