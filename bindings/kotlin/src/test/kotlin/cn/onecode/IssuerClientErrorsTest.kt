package cn.onecode

import cn.onecode.TestService.Companion.now
import cn.onecode.TestService.Companion.phoneKey
import com.sun.net.httpserver.HttpServer
import java.io.File
import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.util.Base64
import kotlinx.coroutines.runBlocking
import org.json.JSONArray
import org.json.JSONObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What a phone is told when it does not get what it asks for: by the running service, and by others. */
class IssuerClientErrorsTest {
    /** Changes what a client sends, as a broken app or somebody in between would. */
    private fun changed(change: (JSONObject) -> Unit) = HttpExchange { call, bearer ->
        val body = call.body?.takeIf { "/nonce" !in call.url }?.let { JSONObject(String(it)).also(change).toString() }
        UrlConnectionExchange().exchange(call.copy(body = body?.toByteArray() ?: call.body), bearer)
    }

    private fun JSONObject.request(bytes: (ByteArray) -> ByteArray) {
        val proofs = getJSONObject("proofs")
        val request = Base64.getUrlDecoder().decode(proofs.getJSONArray("onecode_card_request").getString(0))
        val encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(request))
        proofs.put("onecode_card_request", JSONArray(listOf(encoded)))
    }

    @Test
    fun `a problem has its number, its texts in both languages, and what the app does`() {
        val told = problem { service.client("nobody at all").enrol(phoneKey()) }
        assertEquals(Triple(404, 955, Remedy.TELL), Triple(told.status, told.number, told.remedy))
        assertEquals(Wording("没有这张卡。", "There is no such card."), told.reason)
        assertTrue(told.advice.zh.isNotEmpty() && told.advice.en.isNotEmpty())
        val thrown = assertThrows(IssuerException.Problem::class.java) { service.client("x").enrol(phoneKey()) }
        assertEquals(null, service.client("x").retryWaitS(1, thrown))
        assertTrue("955 There is no such card." in thrown.toString(), thrown.toString())
    }

    @Test
    fun `requests that are altered or stale on their way are refused`() {
        service.grant("altered")
        fun by(change: (JSONObject) -> Unit, attestation: ByteArray? = null) =
            number { service.client("altered", changed(change)).enrol(phoneKey(), attestation = attestation) }
        assertEquals(901, by({ it.request { bytes -> bytes.copyOf(bytes.size - 1) } }))
        assertEquals(902, by({ it.request { bytes -> bytes.also { all -> all[all.size - 1]++ } } }))
        assertEquals(907, by({ it.remove("attestation") }, byteArrayOf(1)))
        assertEquals(908, by({ it.put("attestation", "AAAA") }, byteArrayOf(1)))
        assertEquals(909, by({ }, ByteArray(17_000)))
        assertEquals(932, by({ }, ByteArray(60_000)))
        assertEquals(931, by({ it.remove("proofs") }))
        assertEquals(931, by({ it.put("credential_configuration_id", "another") }))
        // The phone's clock is an hour off.
        val wrong = CodeClock { System.currentTimeMillis() - 3_600_000L }
        assertEquals(906, number { service.client("altered", clock = wrong).enrol(phoneKey()) })
    }

    @Test
    fun `a challenge is good for one person, one key, and a while`() {
        listOf("one", "two").forEach { service.grant(it) }
        val (one, two) = service.client("one") to service.client("two")
        val challenge = one.challenge()
        val others = problem { two.enrol(phoneKey(), challenge = challenge) }
        assertEquals(903 to Remedy.NEW_KEY, others.number to others.remedy)
        val key = phoneKey()
        one.enrol(key, challenge = challenge)
        assertEquals(905, number { one.enrol(phoneKey(), challenge = challenge) })
        val used = problem { two.enrol(key) }
        assertEquals(910 to Remedy.NEW_KEY, used.number to used.remedy)
        TestService(cards = "challenge_lasts_s = 1").use { hasty ->
            hasty.grant("one")
            val old = hasty.client("one").challenge()
            Thread.sleep(2_100)
            // Nothing was issued for it before, and nothing will be.
            val late = problem { hasty.client("one").enrol(phoneKey(), challenge = old) }
            assertEquals(924 to Remedy.NEW_KEY, late.number to late.remedy)
        }
    }

    @Test
    fun `tokens that are none, or of another kind, are refused`() {
        val code = service.grant("tokens")!!
        fun with(token: String) = IssuerClient(service.url, { token })
        assertEquals(941 to Remedy.SIGN_IN, problem { with("a.b.c").cards() }.run { number to remedy })
        assertEquals(943, number { with(service.token("a", staff = true)).cards() })
        val atCounter = with(with("").token(code).token)
        assertEquals(944, number { atCounter.cards() })
        assertEquals(946, number { with("").token("no such code") })
        val none = UrlConnectionExchange().exchange(IssuerService(service.url).cards(), null)
        assertEquals(940, number { readOwnCards(none) })
        assertEquals(933, number { IssuerClient(service.url + "/elsewhere", { "a" }).cards() })
    }

    @Test
    fun `cards and phones that are not there, or too many, are told`() {
        val phone = service.enrolled("counted")
        val client = service.client("counted")
        client.enrol(phoneKey())
        assertEquals(956, number { client.enrol(phoneKey()) })
        assertEquals(958, number { client.renew(phoneKey()) })
        assertEquals(958, number { client.reportLost("counted", phoneKey().publicKey().thumbprint()) })
        assertEquals(955, number { client.reportLost("another's") })
        val foreign = Replaces(Reason.LOST, CardId(310000, phone.claims.statusIndex + 500))
        assertEquals(923, number { client.enrol(phoneKey(), replaces = foreign) })
        service.grant("counted/2".replace('/', '-'), "counted")
        assertEquals(931, number { client.enrol(phoneKey()) })
        val key = phoneKey()
        val never = client.beginMove(key)
        assertEquals(924, number { client.collect(never, key) })
        service.asStaff("/staff/cards/counted/revoke")
        assertEquals(919, number { client.renew(phone.key) })
    }

    @Test
    fun `moves by others, of other cards, too late or too often are refused`() {
        val old = service.enrolled("mover")
        val (client, other) = service.client("mover") to service.client("another person")
        val key = phoneKey()
        val asked = other.beginMove(key)
        assertEquals(922, number { other.finishMove(asked, key, old.agree(asked)) })

        val request = client.beginMove(key)
        val consent = old.agree(request)
        // The client itself refuses what is no consent to this request; a broken one would send it.
        fun sending(text: String) = number {
            service.client("mover", changed { it.put("consent", text) }).finishMove(request, key, consent)
        }
        assertEquals(912, sending("OC1:"))
        assertEquals(913, sending(old.agree(client.beginMove(phoneKey()))))
        val at = consent.length - 3
        val forged = consent.replaceRange(at, at + 1, if (consent[at] == '0') "1" else "0")
        assertEquals(915, sending(forged))
        val plain = CardRequest.make(CardRequestClaims(now(), key.publicKey(), client.challenge().challenge), key)
        assertEquals(911, number { client.finishMove(plain, key, consent) })
        assertEquals(916, sending(late(old, request)))
        assertEquals(914, sending(by(old.key, phoneKey(), now() + 86_400, old).agree(request)))
        val expired = by(old.key, service.issuer, now() - 5, old)
        assertEquals(917, sending(expired.agree(request, now() - 10)))

        service.asStaff("/staff/cards/mover/suspend")
        assertEquals(918, number { client.finishMove(request, key, consent) })
        service.asStaff("/staff/cards/mover/restore")
        var phone = TestService.Phone(key, client.finishMove(request, key, old.agree(request)), old.session)
        repeat(2) { times ->
            val holder = TestService.Phone(phone.key, phone.issued, CodeSession(phone.issued.credential, phone.key))
            val next = phoneKey()
            val asks = client.beginMove(next)
            if (times == 0) phone = TestService.Phone(next, client.finishMove(asks, next, holder.agree(asks)), holder.session)
            else assertEquals(920, number { client.finishMove(asks, next, holder.agree(asks)) })
        }
        // Backwards: the first phone has the card no more.
        val back = phoneKey()
        val asks = client.beginMove(back)
        assertEquals(921, number { client.finishMove(asks, back, old.agree(asks)) })
    }

    private fun late(old: TestService.Phone, request: CardRequest): String {
        val question = MoveQuestion.read(request.text(), old.issued.credential, now())
        return CodeSession(old.issued.credential, old.key).consent(now() - 400, question.agree()).text
    }

    /** The same phone with a credential by this issuer. */
    private fun by(key: DeviceKey, issuer: DeviceKey, expiresUnixS: Long, of: TestService.Phone): TestService.Phone {
        val credential = CardCredential.issue(of.claims.copy(expiresUnixS = expiresUnixS, confirmedUnixS = null), issuer)
        val issued = of.issued.copy(credential = credential)
        return TestService.Phone(key, issued, CodeSession(credential, key))
    }

    @Test
    fun `an issuer that wants an attestation refuses a key without one`() {
        val roots = File(System.getProperty("onecode.vectors"), "../../service/roots/google.json").canonicalPath
        val android = "[attestation.android]\nroots = ['$roots']"
        TestService(more = "[attestation]\npolicy = \"required\"\nlevel = \"tee\"\n$android").use { strict ->
            strict.grant("attested")
            val client = strict.client("attested")
            assertEquals(950, number { client.enrol(phoneKey()) })
            assertEquals(951, number { client.enrol(phoneKey(), attestation = ByteArray(64)) })
        }
    }

    @Test
    fun `who asks too often, and whoever finds no position, is told when to come back`() {
        TestService(limits = "per_minute = 3", positions = 4).use { small ->
            small.grant("often")
            val client = small.client("often")
            val told = assertThrows(IssuerException.Problem::class.java) { repeat(9) { client.cards() } }
            assertEquals(960 to Remedy.TRY_LATER, told.problem.number to told.problem.remedy)
            val after = told.problem.retryAfterS!!
            repeat(20) { assertTrue(client.retryWaitS(1, told)!! in after..after * 2) }
        }
        TestService(positions = 4).use { full ->
            val numbers = (1..5).map {
                full.grant("card $it")
                runCatching { full.client("card $it").enrol(phoneKey()) }.exceptionOrNull()
            }
            val told = (numbers.filterNotNull().first() as IssuerException.Problem).problem
            assertEquals(957 to Remedy.TRY_LATER, told.number to told.remedy)
            assertTrue(told.retryAfterS!! > 0)
        }
    }

    @Test
    fun `a phone comes back after the time that it is told`() {
        val busy = answering(503, "document", "Retry-After" to "90")
        val client = IssuerClient(busy.url(), { "token" })
        val told = assertThrows(IssuerException.Problem::class.java) { runBlocking { client.onIo { cards() } } }
        for (failed in 1..3) assertTrue(client.retryWaitS(failed, told)!! in 90..135)
        busy.stop(0)
        val gone = assertThrows(IOException::class.java) { client.cards() }
        assertTrue(client.retryWaitS(1, gone)!! < client.retryWaitS(2, gone)!!)
        assertEquals(null, client.retryWaitS(1, IssuerException.OtherKey()))
    }

    @Test
    fun `answers of others than the service are problems without a number, or errors of the network`() {
        fun met(status: Int, body: String, vararg headers: Pair<String, String>, ask: IssuerClient.() -> Unit): Exception {
            val server = answering(status, body, *headers)
            try {
                return assertThrows(Exception::class.java) { IssuerClient(server.url(), { "token" }).ask() }
            } finally {
                server.stop(0)
            }
        }
        val proxy = (met(502, "<html>") { cards() } as IssuerException.Problem).problem
        assertEquals(Triple(null, 502, Remedy.TRY_LATER), Triple(proxy.number, proxy.status, proxy.remedy))
        assertTrue("502" in proxy.reason.zh && "502" in proxy.reason.en)
        // A token does not go where a redirection sends.
        val moved = met(302, "", "Location" to service.url + "/cards") { cards() }
        assertEquals(302, (moved as IssuerException.Problem).problem.status)
        assertTrue(met(200, "{}") { cards() } is IssuerException.Form)
        assertTrue(met(200, "[".repeat(60_000)) { cards() } is IssuerException.Form)
        val large = met(200, " ".repeat(70_000)) { cards() }
        assertTrue(large is IOException, "$large")

        val other = service.enrolled("other key").issued.credential.toBytes()
        val encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(other)
        val nonce = "A".repeat(86)
        val answer = """{"credentials":[{"credential":"$encoded"}],"c_nonce":"$nonce","c_nonce_expires_in":600}"""
        assertTrue(met(200, answer) { renew(phoneKey()) } is IssuerException.OtherKey)
    }

    @Test
    fun `a service that is silent or slow is waited for no longer than said`() {
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { silent ->
            val client = IssuerClient("http://127.0.0.1:${silent.localPort}", { "t" }, UrlConnectionExchange(500, 500))
            val began = System.nanoTime()
            assertThrows(IOException::class.java) { client.cards() }
            assertTrue(System.nanoTime() - began < 10_000_000_000)
        }
        val slow = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        slow.createContext("/") { exchange ->
            exchange.sendResponseHeaders(200, 0)
            runCatching {
                repeat(100) {
                    exchange.responseBody.write(' '.code)
                    exchange.responseBody.flush()
                    Thread.sleep(100)
                }
            }
            exchange.close()
        }
        slow.start()
        val client = IssuerClient(slow.url(), { "t" }, UrlConnectionExchange(1_000, 1_000))
        val began = System.nanoTime()
        assertThrows(IOException::class.java) { client.cards() }
        assertTrue(System.nanoTime() - began < 5_000_000_000)
        slow.stop(0)
    }

    @Test
    fun `a token goes by TLS, and to no call that needs none`() {
        for (url in listOf("http://cards.example", "cards.example", "https://a@b", "")) {
            assertThrows(ServiceUrlException.NotAServiceUrl::class.java) { IssuerClient(url, { "" }) }
        }
        val service = IssuerService("https://cards.example/")
        assertFalse(service.renewalChallenge(phoneKey().publicKey()).withToken)
        assertTrue(service.cards().withToken)
    }

    private fun answering(
        status: Int,
        body: String,
        vararg headers: Pair<String, String>,
    ): HttpServer = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0).apply {
        createContext("/") { exchange ->
            headers.forEach { (name, value) -> exchange.responseHeaders.add(name, value) }
            exchange.sendResponseHeaders(status, body.length.toLong().takeIf { it > 0 } ?: -1)
            runCatching { exchange.responseBody.use { it.write(body.toByteArray()) } }
        }
        start()
    }

    private fun HttpServer.url() = "http://127.0.0.1:${address.port}"

    companion object {
        private val service by lazy { TestService() }

        @AfterAll
        @JvmStatic
        fun end() = service.close()
    }
}
