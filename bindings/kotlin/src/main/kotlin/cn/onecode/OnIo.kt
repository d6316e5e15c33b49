package cn.onecode

import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

// Every call of this package blocks the thread it is made on: a signature by secure hardware takes
// a tenth of a second, a large list longer, and a store or handler of the host as long as it
// takes. These are for callers on a main thread.

/** [CodeSession.code] on a thread that may block. */
@Throws(MakeCodeException::class)
public suspend fun CodeSession.codeOnIo(
    nowUnixS: Long,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Code = withContext(dispatcher) { code(nowUnixS) }

/** [CodeSession.boundCode] on a thread that may block. */
@Throws(MakeCodeException::class)
public suspend fun CodeSession.boundCodeOnIo(
    nowUnixS: Long,
    application: Int? = null,
    challenge: ByteArray? = null,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Code = withContext(dispatcher) { boundCode(nowUnixS, application, challenge) }

/** [OneCodeScanner.scan] on a thread that may block. */
@Throws(UsageException::class)
public suspend fun OneCodeScanner.scanOnIo(
    text: String,
    context: ScanContext,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Verdict = withContext(dispatcher) { scan(text, context) }

/** [OneCodeScanner.scanWithReceipt] on a thread that may block. */
@Throws(UsageException::class)
public suspend fun OneCodeScanner.scanWithReceiptOnIo(
    text: String,
    context: ScanContext,
    dispatcher: CoroutineContext = Dispatchers.IO,
): ReceiptedVerdict = withContext(dispatcher) { scanWithReceipt(text, context) }

/** [OneCodeScanner.installRoots] on a thread that may block. */
@Throws(InstallException::class)
public suspend fun OneCodeScanner.installRootsOnIo(
    json: ByteArray,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Unit = withContext(dispatcher) { installRoots(json) }

/** [OneCodeScanner.installTrustList] on a thread that may block. */
@Throws(InstallException::class)
public suspend fun OneCodeScanner.installTrustListOnIo(
    json: ByteArray,
    nowUnixS: Long,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Unit = withContext(dispatcher) { installTrustList(json, nowUnixS) }

/** [OneCodeScanner.installCatalogue] on a thread that may block. */
@Throws(InstallException::class)
public suspend fun OneCodeScanner.installCatalogueOnIo(
    json: ByteArray,
    nowUnixS: Long,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Unit = withContext(dispatcher) { installCatalogue(json, nowUnixS) }

/** [OneCodeScanner.installWithdrawal] on a thread that may block. */
@Throws(InstallException::class)
public suspend fun OneCodeScanner.installWithdrawalOnIo(
    json: ByteArray,
    nowUnixS: Long,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Unit = withContext(dispatcher) { installWithdrawal(json, nowUnixS) }

/** [OneCodeScanner.installIndex] on a thread that may block. */
@Throws(InstallException::class)
public suspend fun OneCodeScanner.installIndexOnIo(
    json: ByteArray,
    nowUnixS: Long,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Unit = withContext(dispatcher) { installIndex(json, nowUnixS) }

/** [OneCodeScanner.installStatus] on a thread that may block. */
@Throws(InstallException::class)
public suspend fun OneCodeScanner.installStatusOnIo(
    cwt: ByteArray,
    nowUnixS: Long,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Unit = withContext(dispatcher) { installStatus(cwt, nowUnixS) }

/** [OneCodeScanner.installStatuses] on a thread that may block. */
@Throws(InstallException::class)
public suspend fun OneCodeScanner.installStatusesOnIo(
    listsAndDeltas: List<ByteArray>,
    nowUnixS: Long,
    dispatcher: CoroutineContext = Dispatchers.IO,
): Unit = withContext(dispatcher) { installStatuses(listsAndDeltas, nowUnixS) }
