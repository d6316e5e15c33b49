// The vectors about requests: what phones ask their issuer for, and what becomes of it.

import Foundation
import XCTest

@testable import OneCode

/// Does what a vector of `requests.json` says that is for phones; nil for a vector of another file.
func requestVector(_ vector: Members) throws -> Members? {
    do {
        return try RequestVector(vector: vector).found()
    } catch let refusal as RequestRefusal {
        return try told(refusal)
    }
}

func told(_ refusal: RequestRefusal) throws -> Members {
    guard case .Refused(let number, let name, let problem, _) = refusal else { throw refusal }
    // Its number has words for people.
    XCTAssertEqual(requestMessageOf(number: number)?.name, name)
    var told: Members = ["number": Int(number)]
    if let problem { told["problem"] = problem }
    return told
}

struct RequestVector {
    let vector: Members

    func found() throws -> Members? {
        switch vector["do"] as? String {
        case "move_question":
            let question = try MoveQuestion.read(
                text: text("text"), card: .fromBytes(bytes: data("credential")), nowUnixS: now())
            return ["consent": hex(question.consent())]
        case "move_answer":
            return ["card": told(try own().readAnswer(text: text("text")))]
        case "renewal_due":
            let card = try CardCredential.fromBytes(bytes: data("credential")).claims()
            return ["due_unix_s": Int(try renewalDueUnixS(card: card))]
        case "retry":
            let wait = retryWaitS(
                failed: Int32(try int(vector["failed"])), random: try int(vector["random"]),
                retryAfterS: (vector["retry_after_s"] as? NSNumber)?.int64Value)
            return ["wait_s": Int(wait)]
        default: return nil
        }
    }

    func text(_ name: String) throws -> String { try XCTUnwrap(vector[name] as? String) }
    func data(_ name: String) throws -> Data { try bytes(text(name)) }
    func now() throws -> Int64 { try int(vector["now_unix_s"]) }
    func own() throws -> CardRequest { try .fromBytes(bytes: data("request")) }
}

func told(_ card: CardId) -> String { "\(card.region)-\(card.statusIndex)" }
