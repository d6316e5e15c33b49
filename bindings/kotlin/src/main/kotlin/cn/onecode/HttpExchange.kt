package cn.onecode

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.SocketTimeoutException
import java.net.URL
import java.util.concurrent.TimeUnit

/** Sends one HTTP request. An app with an HTTP client of its own puts it in here. */
public fun interface HttpExchange {
    /**
     * Blocks until the answer is there. Every status is an answer. [bearer] is the holder's token,
     * if one belongs to this call: it goes into `Authorization`, and into no log.
     *
     * Follows no redirection, because a token must not go where it sends. Keeps no cookie. Receives
     * at most [maxIssuerAnswer] bytes.
     *
     * @throws IOException no answer came, or a larger one. Whether the service has done what was
     *   asked is then unknown; what is sent again is done once.
     */
    @Throws(IOException::class)
    public fun exchange(call: IssuerCall, bearer: String?): IssuerAnswer
}

/** The platform's own HTTP, on Android and on the JVM. */
public class UrlConnectionExchange @JvmOverloads constructor(
    /** Longest wait for a connection. */
    private val connectTimeoutMs: Int = 10_000,
    /** Longest time for the answer, all of it. */
    private val answerTimeoutMs: Int = 20_000,
) : HttpExchange {
    override fun exchange(call: IssuerCall, bearer: String?): IssuerAnswer {
        val connection = URL(call.url).openConnection() as HttpURLConnection
        try {
            connection.requestMethod = call.method
            connection.connectTimeout = connectTimeoutMs
            connection.readTimeout = answerTimeoutMs
            connection.instanceFollowRedirects = false
            connection.useCaches = false
            connection.setRequestProperty("Accept", "application/json, application/problem+json")
            bearer?.let { connection.setRequestProperty("Authorization", "Bearer $it") }
            call.contentType?.let { connection.setRequestProperty("Content-Type", it) }
            val endsNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(answerTimeoutMs.toLong())
            call.body?.let { body ->
                connection.doOutput = true
                connection.outputStream.use { it.write(body) }
            }
            val status = connection.responseCode
            if (status < 0) throw IOException("no answer of HTTP")
            val stream = if (status < 400) connection.inputStream else connection.errorStream
            val body = stream?.use { received(it, endsNs) } ?: ByteArray(0)
            return IssuerAnswer(status, connection.getHeaderField("Retry-After"), body)
        } finally {
            connection.disconnect()
        }
    }

    /** A service that sends a byte now and then is as slow as one that sends none. */
    private fun received(stream: InputStream, endsNs: Long): ByteArray {
        val all = ByteArrayOutputStream()
        val part = ByteArray(8 * 1024)
        while (true) {
            val length = stream.read(part)
            if (length < 0) return all.toByteArray()
            all.write(part, 0, length)
            if (all.size() > maxIssuerAnswer()) throw IOException("the answer is too large")
            if (System.nanoTime() - endsNs > 0) throw SocketTimeoutException("the answer took too long")
        }
    }
}
