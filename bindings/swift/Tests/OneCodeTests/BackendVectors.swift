// The vectors of what only servers do: receipts checked, requests judged.

import Foundation
import XCTest

@testable import OneCode

/// Does what a vector says that is for servers.
func backendVector(_ document: Members, _ vector: Members) throws -> Members {
    do {
        return try receiptVector(document, vector) ?? RequestVector(vector: vector).judged()
    } catch let refusal as RequestRefusal {
        return try told(refusal)
    } catch let error as ReceiptProblem {
        return ["problem": name(of: error)]
    } catch let error as ReplayError {
        return ["problem": name(of: error)]
    } catch ChainError.Broken(let at, let number, let problem) {
        var what = caseName(problem)
        if case .proof(let problem) = problem { what = name(of: problem) }
        return ["at": at, "number": number, "problem": what]
    }
}

private func receiptVector(_ document: Members, _ vector: Members) throws -> Members? {
    let bytesOf = { (name: String) in try bytes(XCTUnwrap(vector[name] as? String)) }
    switch vector["do"] as? String {
    case "verify":
        let keys = try Archive(document, vector).keys()
        return members(of: try keys.verify(receipt: bytesOf("receipt")))
    case "chain":
        let summary = try Archive(document, vector).keys().verifyChain(
            receipts: XCTUnwrap(vector["receipts"] as? [String]).map(bytes),
            scanner: XCTUnwrap(vector["scanner"] as? String),
            start: link(vector["start"]), end: link(vector["end"]))
        return [
            "receipts": summary.receipts, "accepted": summary.accepted,
            "refused": summary.refused, "handed_over": summary.handedOver,
            "clock_went_back": summary.clockWentBack,
            "next": ["number": summary.next.number, "previous": hex(summary.next.previous)],
        ]
    case "replay":
        let archive = try Archive(document, vector)
        let key = try PublicKey.fromJwk(json: XCTUnwrap(document["scanner_key"] as? String))
        let verdict = try archive.replayLists().replay(
            receipt: bytesOf("receipt"), keys: ReceiptKeys.of(keys: [key]),
            text: XCTUnwrap(vector["text"] as? String))
        return members(of: verdict)
    default: return nil
    }
}

/// The lists of a vector about receipts.
private struct Archive {
    let lists: Members
    let roots: [Roots]
    let vector: Members

    init(_ document: Members, _ vector: Members) throws {
        lists = try listsOf(document, vector)
        roots = try editionsOf(lists)
        self.vector = vector
    }

    private func json(_ name: String) -> Data? { (lists[name] as? String).map { Data($0.utf8) } }

    func keys() throws -> ReceiptKeys {
        try ReceiptKeys.fromTrustList(
            json: XCTUnwrap(json("trust_list")), roots: roots, nowUnixS: int(vector["now_unix_s"]))
    }

    func replayLists() throws -> ReplayLists {
        let archive = try ReplayLists(
            roots: roots, trustList: json("trust_list"), catalogue: json("catalogue"))
        for json in lists["withdrawals"] as? [String] ?? [] {
            try archive.addWithdrawal(json: Data(json.utf8))
        }
        if let json = json("index") { try archive.addIndex(json: json) }
        for list in try XCTUnwrap(lists["status"] as? [String]) {
            try archive.addStatus(cwt: bytes(list))
        }
        return archive
    }
}

private func link(_ value: Any?) throws -> ChainLink? {
    guard let value = value as? Members else { return nil }
    return ChainLink(
        number: try int(value["number"]),
        previous: try bytes(XCTUnwrap(value["previous"] as? String)))
}

private func name(of error: ReceiptProblem) -> String {
    switch error {
    case .Form: "form"
    case .UnknownKey: "unknown_key"
    case .NotAdmitted: "not_admitted"
    case .KeyNotInTime: "key_not_in_time"
    case .KeyWithdrawn: "key_withdrawn"
    case .BadSignature: "bad_signature"
    }
}

private func name(of error: ReplayError) -> String {
    switch error {
    case .Proof(let problem): name(of: problem)
    case .OtherText: "other_text"
    case .OtherTrustList: "other_trust_list"
    case .OtherCatalogue: "other_catalogue"
    case .OtherRoots: "other_roots"
    case .OtherNotice: "other_notice"
    case .OtherStatusList: "other_status_list"
    case .OtherVerdict: "other_verdict"
    case .OtherCard: "other_card"
    case .Usage: "usage"
    }
}

private func members(of receipt: Receipt) -> Members {
    let status = receipt.status.map { status -> Members in
        [
            "number": status.number, "issued_at_unix_s": status.issuedAtUnixS,
            "signed_by": status.signedBy,
        ]
    }
    return [
        "scanner": receipt.scanner,
        "time_unix_s": receipt.timeUnixS,
        "number": receipt.number,
        "previous": hex(receipt.previous),
        "hash": hex(receipt.hash),
        "verdict": receipt.verdict,
        "handed_over": receipt.handedOver,
        "application": receipt.application,
        "place": receipt.place,
        "text_hash": hex(receipt.textHash),
        "tolerance_s": receipt.toleranceS,
        "specimens_accepted": receipt.specimensAccepted,
        "card": orNull(receipt.card),
        "trust_list": orNull(receipt.trustList),
        "catalogue": orNull(receipt.catalogue),
        "status": orNull(status),
        "shown": orNull(receipt.shown.map(hex)),
    ]
}

extension RequestVector {
    fileprivate func judged() throws -> Members {
        switch vector["do"] as? String {
        case "request": return try request()
        case "challenge":
            let open = try challengeKey().open(challenge: data("challenge"), handedTo: handedTo())
            return [
                "from_unix_s": Int(open.fromUnixS), "until_unix_s": Int(open.untilUnixS),
                "received_until_unix_s": Int(open.receivedUntilUnixS),
            ]
        case "make_challenge":
            do {
                let made = try challengeKey().challenge(
                    handedTo: handedTo(), fromUnixS: int(vector["from_unix_s"]),
                    untilUnixS: int(vector["until_unix_s"]), random: data("random"))
                return ["challenge": hex(made)]
            } catch UsageError.Seconds {
                return ["problem": "time"]
            }
        case "collect":
            let received = try ReceivedCollectRequest.fromBytes(bytes: data("collect"))
            try received.verify(key: key(vector["key"]), nowUnixS: now())
            return ["name": received.requestName()]
        case "move":
            let keys = try XCTUnwrap(vector["issuer_keys"] as? [String])
            let move = try VerifiedMove.verify(
                request: own(), codeText: text("text"), issuerKeys: keys.map(key), nowUnixS: now())
            let step = try move.admit(position: position(), nowUnixS: now())
            return ["step": snake(step)]
        case "check_renewal":
            try checkRenewal(position: position(), key: key(vector["key"]))
            return [:]
        case "loss":
            let moved = (vector["moved_away_unix_s"] as? NSNumber)?.int64Value
            return ["effect": snake(lossEffect(nowUnixS: try now(), movedAwayUnixS: moved))]
        default:
            throw VectorError.unknown("nothing is called \(vector["do"] ?? "?")")
        }
    }

    private func request() throws -> Members {
        let received: ReceivedCardRequest
        if let text = vector["text"] as? String {
            received = try .fromText(text: text)
        } else {
            received = try .fromBytes(bytes: data("request"))
        }
        let open = try XCTUnwrap(vector["challenge"] as? Members)
        let verified = try received.verify(
            challenge: OpenChallenge(
                challenge: bytes(XCTUnwrap(open["challenge"] as? String)),
                fromUnixS: int(open["from_unix_s"]), untilUnixS: int(open["until_unix_s"]),
                receivedUntilUnixS: int(open["received_until_unix_s"])),
            nowUnixS: now(), attestation: (vector["attestation"] as? String).map { try bytes($0) })
        let claims = verified.claims()
        return [
            "name": verified.name(),
            "key": claims.key.toJwk(),
            "issued_at_unix_s": Int(claims.issuedAtUnixS),
            "reason": orNull(claims.replaces.map { snake($0.reason) }),
            "card": orNull(claims.replaces?.card.map(told)),
            "placement": snake(placement(request: verified, keyInUse: false)),
            "placement_of_known_key": snake(placement(request: verified, keyInUse: true)),
        ]
    }

    private func challengeKey() throws -> ChallengeKey { try ChallengeKey(key: data("key")) }

    private func handedTo() throws -> HandedTo {
        if vector["online"] != nil { return .online(reference: try data("online")) }
        return .counter(number: try int(vector["counter"]))
    }

    private func position() throws -> PositionOnRecord {
        let it = try XCTUnwrap(vector["position"] as? Members)
        let statuses: [String: Status] = [
            "valid": .valid, "suspended": .suspended, "revoked": .revoked,
        ]
        return PositionOnRecord(
            card: CardId(
                region: Int32(try int(it["region"])), statusIndex: try int(it["status_index"])),
            status: try XCTUnwrap(statuses[XCTUnwrap(it["status"] as? String)]),
            key: try key(it["key"]),
            movedUnixS: try XCTUnwrap(it["moved_unix_s"] as? [NSNumber]).map(\.int64Value),
            samePerson: try XCTUnwrap(it["same_person"] as? Bool))
    }
}

private func key(_ jwk: Any?) throws -> PublicKey {
    try .fromJwk(json: XCTUnwrap(jwk as? String))
}

/// `alreadyMoved` is `already_moved`.
private func snake<E>(_ value: E) -> String {
    "\(value)".reduce(into: "") { name, letter in
        name += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)"
    }
}
