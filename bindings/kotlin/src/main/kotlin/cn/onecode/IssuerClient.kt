package cn.onecode

import java.io.IOException
import java.security.SecureRandom
import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Where the holder's token comes from: your sign-in, or [IssuerClient.token]. */
public fun interface TokenSource {
    /** The token as it is now. It may block, and is asked for each call that needs one. */
    @Throws(IOException::class)
    public fun token(): String
}

/**
 * A phone at its issuer's service: it applies for a card, renews it, moves it, and reports it lost.
 *
 * Every call blocks; on a main thread use [onIo]. Each throws an [IssuerException] when the service
 * says no, with the [IssuerProblem] to show, and an [IOException] when no answer came. Either way the
 * call can be made again, with the same request where it takes one: the answer is then the same.
 *
 * @param baseUrl the address of the service; `https`, or the own machine.
 * @param clock a [CodeClock] that the phone's user does not set, if the app has one.
 * @throws ServiceUrlException not such an address.
 */
public class IssuerClient
@Throws(ServiceUrlException::class)
@JvmOverloads
constructor(
    baseUrl: String,
    private val tokens: TokenSource,
    private val exchange: HttpExchange = UrlConnectionExchange(),
    private val clock: CodeClock = CodeClock.DEVICE,
) {
    private val service = IssuerService(baseUrl)

    /**
     * A challenge, for a key that is made with it: its attestation then shows the challenge. Without
     * attestation [beginEnrol] and [beginMove] ask for one themselves.
     */
    @Throws(IssuerException::class, IOException::class)
    public fun challenge(): IssuerChallenge = readIssuerChallenge(send(service.challenge()), nowUnixS())

    /**
     * A request for a card onto this phone, bound to [key]. Keep it ([CardRequest.toBytes]) and the
     * attestation until [finishEnrol] has brought the card: if an answer is lost, the same request gets
     * the same card, and a new one for this key may get none.
     *
     * @param replaces what the card takes the place of, after a loss.
     * @param challenge the one that [key] was made with.
     * @param attestation the evidence for [key], as docs/SERVICE.md has it.
     */
    @Throws(IssuerException::class, MakeRequestException::class, SigningException::class, IOException::class)
    @JvmOverloads
    public fun beginEnrol(
        key: DeviceKey,
        replaces: Replaces? = null,
        challenge: IssuerChallenge? = null,
        attestation: ByteArray? = null,
    ): CardRequest = request(key, challenge ?: challenge(), attestation, replaces)

    /**
     * The card for a [request] of [beginEnrol], and again after whatever failed. When its challenge has
     * ended, what was issued for it is collected. A problem with [Remedy.NEW_KEY] ends it: begin anew
     * with another key.
     *
     * @param card the issuer's reference to the card, where the holder has several ([cards]).
     * @param attestation that of [beginEnrol].
     */
    @Throws(
        IssuerException::class, MakeRequestException::class, SigningException::class, RequestRefusal::class,
        IOException::class,
    )
    @JvmOverloads
    public fun finishEnrol(
        request: CardRequest,
        key: DeviceKey,
        card: String? = null,
        attestation: ByteArray? = null,
    ): IssuedCard = answered(service.credential(request, attestation, card), request, key)

    /** Whether the credential is to be renewed, now that the phone is online. */
    public fun isRenewalDue(credential: CardCredential): Boolean =
        nowUnixS() >= renewalDueUnixS(credential.claims())

    /** A new credential for [key]. [next] is [IssuedCard.nextChallenge] of the last one. */
    @Throws(IssuerException::class, MakeRequestException::class, SigningException::class, IOException::class)
    @JvmOverloads
    public fun renew(key: DeviceKey, next: IssuerChallenge? = null): IssuedCard {
        if (next != null && isChallengeGood(next, nowUnixS())) {
            try {
                return renewed(key, next)
            } catch (refused: IssuerException.Problem) {
                if (refused.problem.remedy != Remedy.NEW_CHALLENGE) throw refused
            }
        }
        val answer = send(service.renewalChallenge(key.publicKey()))
        return renewed(key, readIssuerChallenge(answer, nowUnixS()))
    }

    /** The credential for a [request] that was handed in at a counter, signed by [key]. */
    @Throws(
        IssuerException::class, MakeRequestException::class, SigningException::class, RequestRefusal::class,
        IOException::class,
    )
    public fun collect(request: CardRequest, key: DeviceKey): IssuedCard =
        collected(CardStep.COLLECT, request, key)

    /**
     * The new phone begins a move: show the text of the request as a picture, for the old phone to
     * scan. [card] is the card that shall move, if the phone knows which.
     */
    @Throws(IssuerException::class, MakeRequestException::class, SigningException::class, IOException::class)
    @JvmOverloads
    public fun beginMove(
        key: DeviceKey,
        card: CardId? = null,
        challenge: IssuerChallenge? = null,
        attestation: ByteArray? = null,
    ): CardRequest = request(key, challenge ?: challenge(), attestation, Replaces(Reason.MOVE, card))

    /**
     * The new phone ends it: [consent] is what it has scanned from the old one ([CodeSession.consent]).
     * Again after whatever failed, as [finishEnrol].
     *
     * @throws RequestRefusal the scanned text is no consent to this request.
     */
    @Throws(
        IssuerException::class, MakeRequestException::class, SigningException::class, RequestRefusal::class,
        IOException::class,
    )
    @JvmOverloads
    public fun finishMove(
        request: CardRequest,
        key: DeviceKey,
        consent: String,
        attestation: ByteArray? = null,
    ): IssuedCard = answered(service.moveCard(request, consent, attestation), request, key)

    /** The holder's own cards, with their phones. */
    @Throws(IssuerException::class, IOException::class)
    public fun cards(): List<OwnCard> = readOwnCards(send(service.cards()))

    /**
     * The card is lost, and suspended at once on all its phones; or with [phone] one phone
     * ([OwnPhone.phone]) is, and only what that phone has is revoked.
     */
    @Throws(IssuerException::class, IOException::class)
    @JvmOverloads
    public fun reportLost(card: String, phone: String? = null): OwnCard =
        readOwnCard(send(service.reportLost(card, phone)))

    /** A token for the code that a counter has handed out. */
    @Throws(IssuerException::class, IOException::class)
    public fun token(code: String): AccessToken = readAccessToken(send(service.token(code)), nowUnixS())

    /**
     * After how many seconds to try again what has failed [failed] times in a row with [error]; null
     * where trying again does not help. The waits are up to hours: let the system wake the app then. A
     * holder who asks for it does not wait.
     */
    public fun retryWaitS(failed: Int, error: Exception): Long? = when {
        error is IssuerException.Problem ->
            if (error.problem.remedy == Remedy.TRY_LATER) wait(failed, error.problem.retryAfterS) else null
        error is IOException -> wait(failed, null)
        else -> null
    }

    private fun wait(failed: Int, retryAfterS: Long?) = retryWaitS(failed, RANDOM.nextLong(), retryAfterS)

    private fun renewed(key: DeviceKey, challenge: IssuerChallenge) =
        issued(CardStep.RENEW, service.renewal(request(key, challenge, null, null)), key)

    /** What is issued for a request now, or was before and got lost. */
    private fun answered(call: IssuerCall, request: CardRequest, key: DeviceKey): IssuedCard = try {
        issued(CardStep.ISSUE, call, key)
    } catch (over: IssuerException.Problem) {
        if (over.problem.remedy != Remedy.COLLECT_ANSWER) throw over
        collected(CardStep.COLLECT_ANSWER, request, key)
    }

    private fun collected(step: CardStep, request: CardRequest, key: DeviceKey): IssuedCard =
        issued(step, service.collect(request.collect(nowUnixS(), key)), key)

    private fun request(
        key: DeviceKey,
        challenge: IssuerChallenge,
        attestation: ByteArray?,
        replaces: Replaces?,
    ): CardRequest {
        val hash = attestation?.let { attestationHash(it) }
        val claims = CardRequestClaims(nowUnixS(), key.publicKey(), challenge.challenge, hash, replaces)
        return CardRequest.make(claims, key)
    }

    private fun issued(step: CardStep, call: IssuerCall, key: DeviceKey): IssuedCard =
        readIssuedCard(send(call), step, key.publicKey(), nowUnixS())

    private fun send(call: IssuerCall): IssuerAnswer =
        exchange.exchange(call, if (call.withToken) tokens.token() else null)

    private fun nowUnixS() = Math.floorDiv(clock.nowUnixMs(), 1000L)

    private companion object {
        val RANDOM = SecureRandom()
    }
}

/** Calls of an [IssuerClient] on a thread that may block: `client.onIo { renew(key) }`. */
public suspend fun <T> IssuerClient.onIo(
    dispatcher: CoroutineContext = Dispatchers.IO,
    calls: IssuerClient.() -> T,
): T = withContext(dispatcher) { calls() }
