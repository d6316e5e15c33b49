// One HTTP request and its answer, by the platform's own client or an app's.

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Sends one HTTP request. An app with an HTTP client of its own puts it in here.
public protocol HttpExchange: Sendable {
    /// Sends `call` and returns the answer; every status is one. `bearer` is the holder's token, if one
    /// belongs to this call: it goes into `Authorization`, and into no log.
    ///
    /// Follows no redirection, because a token must not go where it sends. Keeps no cookie. Receives
    /// at most ``maxIssuerAnswer()`` bytes.
    ///
    /// - Throws: No answer came, or a larger one. Whether the service has done what was asked is then
    ///   unknown; what is sent again is done once.
    func exchange(_ call: IssuerCall, bearer: String?) async throws -> IssuerAnswer
}

/// The platform's own HTTP.
public final class URLSessionExchange: HttpExchange {
    private let session: URLSession
    private let answers = Answers()

    /// Waits for each part of an answer, and for the whole of it, no longer than `timeout` seconds.
    public init(timeout: TimeInterval = 20) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = timeout
        configuration.timeoutIntervalForResource = timeout
        configuration.httpShouldSetCookies = false
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        session = URLSession(configuration: configuration, delegate: answers, delegateQueue: nil)
    }

    deinit {
        // The session holds its delegate until it is told that it has ended.
        session.invalidateAndCancel()
    }

    public func exchange(_ call: IssuerCall, bearer: String?) async throws -> IssuerAnswer {
        guard let url = URL(string: call.url) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = call.method
        request.httpBody = call.body
        request.setValue("application/json, application/problem+json", forHTTPHeaderField: "Accept")
        if let type = call.contentType { request.setValue(type, forHTTPHeaderField: "Content-Type") }
        if let bearer { request.setValue("Bearer \(bearer)", forHTTPHeaderField: "Authorization") }
        let task = session.dataTask(with: request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answers.expect(task.taskIdentifier, continuation)
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }
}

/// Receives the answers of one session, each up to the limit.
private final class Answers: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private struct Receiving {
        let continuation: CheckedContinuation<IssuerAnswer, any Error>
        var body = Data()
    }

    // The session calls from a queue of its own, the app from anywhere.
    private let lock = NSLock()
    private var receiving: [Int: Receiving] = [:]

    func expect(_ task: Int, _ continuation: CheckedContinuation<IssuerAnswer, any Error>) {
        lock.lock()
        defer { lock.unlock() }
        receiving[task] = Receiving(continuation: continuation)
    }

    private func end(_ task: Int) -> Receiving? {
        lock.lock()
        defer { lock.unlock() }
        return receiving.removeValue(forKey: task)
    }

    /// Whether it still fits.
    private func append(_ data: Data, to task: Int) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        receiving[task]?.body.append(data)
        return receiving[task].map { $0.body.count <= Int(maxIssuerAnswer()) } ?? false
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        if append(data, to: dataTask.taskIdentifier) { return }
        dataTask.cancel()
        let error = URLError(.dataLengthExceedsMaximum)
        end(dataTask.taskIdentifier)?.continuation.resume(throwing: error)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        guard let received = end(task.taskIdentifier) else { return }
        if let error {
            received.continuation.resume(throwing: error)
        } else if let response = task.response as? HTTPURLResponse {
            received.continuation.resume(
                returning: IssuerAnswer(
                    status: Int32(clamping: response.statusCode),
                    retryAfter: response.value(forHTTPHeaderField: "Retry-After"),
                    body: received.body))
        } else {
            received.continuation.resume(throwing: URLError(.badServerResponse))
        }
    }
}
