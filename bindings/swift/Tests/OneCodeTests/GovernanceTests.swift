// Roots, documents that several holders sign, and what takes keys back.

import Foundation
import XCTest

@testable import OneCode

#if canImport(CryptoKit)
    import CryptoKit
#endif

final class GovernanceTests: XCTestCase {
    private func hash(_ document: Data) throws -> String {
        try SignedDocument.fromJson(json: document).hash()
    }

    private func number(_ verdict: Verdict) -> Int32 {
        if case .refused(_, _, let message) = verdict { message.number } else { 0 }
    }

    private func tooFew(
        _ needed: Int64, _ holders: [String], unknown: Int64 = 0, notAdmitted: Int64 = 0
    ) -> InstallError {
        .Document(
            document: .NotEnough(
                needed: needed, holders: holders, unknown: unknown, notAdmitted: notAdmitted,
                bad: 0))
    }

    func testAGateWalksAndTakesWhatThreeOfFiveSign() throws {
        var region = try Region()
        let gate = try region.emptyGate()
        let (second, oldKey) = try region.nextRoots()
        try gate.installRoots(json: second)
        try gate.installRoots(json: second)  // Again, as after a restart.
        let roots = try gate.roots()
        XCTAssertEqual(roots.number(), 2)
        XCTAssertEqual(roots.documentHash(), try hash(second))
        XCTAssertEqual(roots.thresholds(), Thresholds(roots: 3, trustList: 3, catalogue: 2))
        let holders = roots.holders()
        XCTAssertEqual(holders.map(\.id), Region.ids)
        XCTAssertEqual(holders[3].issuers, ["cn-31"])
        XCTAssertEqual(holders[3].keys[0].key, try region.key("sh").publicKey())
        XCTAssertEqual(holders[0].keys[1].signs, [.index])
        expect(InstallError.Rollback(inForce: 2, offered: 1)) {
            try gate.installRoots(json: region.first)
        }
        let fourth = try region.sign(
            .roots, region.rootsJson(4, previous: hash(second)), "ah", "js", "sh")
        expect(InstallError.RootsSkipped(inForce: 2, offered: 4)) {
            try gate.installRoots(json: fourth)
        }

        // Two holders, and the key that a third one no longer has.
        let json = try World.trustListJson(region.world.issuer)
        let two = try Region.sign(.trustList, json, [region.key("js"), region.key("zj"), oldKey])
        let error = tooFew(3, ["js", "zj"], unknown: 1)
        expect(error) { try gate.installTrustList(json: two, nowUnixS: World.now) }
        XCTAssert(error.description.contains("2 of the 3 holders"), error.description)
        let three = try SignedDocument.fromJson(json: two)
            .sign(key: region.key("sh"), nowUnixS: World.now)
        try gate.installTrustList(json: three.toJson(), nowUnixS: World.now)
        try gate.installCatalogue(json: region.catalogue(), nowUnixS: World.now)
        let text = try region.world.session().code(nowUnixS: World.now).text
        XCTAssertEqual(number(try gate.scan(text: text, context: World.context())), 0)
        XCTAssertEqual(try gate.preflight(nowUnixS: World.now).roots?.sequence, 2)

        // The same on a phone.
        let offers = try Offers.verify(
            trustList: three.toJson(), catalogue: region.catalogue(), roots: roots)
        XCTAssertEqual(offers.applications().map(\.number), [101, 102])
        XCTAssertThrowsError(
            try Offers.verify(trustList: two, catalogue: region.catalogue(), roots: roots)
        ) { XCTAssert($0 is DocumentError, "\($0)") }
    }

    func testAGateWaitsForTheEditionWithTheHashItWasSetUpWith() throws {
        let region = try Region()
        let awaited = try Roots.fromHash(hash: hash(region.first))
        let gate = try OneCodeScanner(roots: awaited, policy: Policy())
        XCTAssertNil(awaited.documentHash())
        let other = try Region().first
        let error = try InstallError.OtherRoots(expected: hash(region.first), found: hash(other))
        expect(error) { try gate.installRoots(json: other) }
        try gate.installRoots(json: region.first)
        // What the gate was built with is an object of its own and stays what it was.
        let numbers = [awaited, try awaited.walk(json: region.first), try gate.roots()]
        XCTAssertEqual(numbers.map { $0.number() }, [0, 1, 1])
        expect(UsageError.DocumentHash) { try Roots.fromHash(hash: "") }
    }

    func testAnIndexTellsOfAListAndANoticeTakesAKey() throws {
        var region = try Region()
        let gate = try region.gate()
        let notice = try region.sign(.withdrawal, region.noticeJson(), "sh")
        let newer = try Region.draft(
            .trustList, World.trustListJson(region.world.issuer, sequence: 2))
        func named(_ sequence: Int, _ hash: String) -> String {
            "{\"sequence\": \(sequence), \"sha256\": \"\(hash)\"}"
        }
        let content = """
            {"issued_at": "2026-11-23T00:00:00Z", "expires": "2026-11-23T12:00:00Z",
             "roots": \(named(1, try hash(region.first))),
             "trust_list": \(named(2, newer.hash())),
             "catalogue": \(named(1, try hash(region.catalogue()))),
             "withdrawals": ["\(try hash(notice))"]}
            """
        let byHolder = try region.sign(.index, content, "ah")
        expect(tooFew(1, [], notAdmitted: 1)) {
            try gate.installIndex(json: byHolder, nowUnixS: World.now)
        }
        let index = try Region.sign(.index, content, [region.indexKey])
        try gate.installIndex(json: index, nowUnixS: World.now)

        let gateKey = try generateKey(algorithm: .esp256).key
        try gate.startReceipts(scanner: "gate-1", key: gateKey)
        let session = try region.world.session()
        func scan(_ now: Int64) throws -> (verdict: Verdict, receipt: Data, text: String) {
            let text = try session.code(nowUnixS: now).text
            let scanned = try gate.scanWithReceipt(text: text, context: World.context(now))
            guard case .written(let bytes) = scanned.receipt else {
                throw SigningError.Refused(reason: "there is no receipt")
            }
            return (scanned.verdict, bytes, text)
        }
        let told = try scan(World.now)
        guard case .accepted(let accepted) = told.verdict else { return XCTFail("refused") }
        let missing: [DocumentKind] = [.trustList, .withdrawal]
        XCTAssert(accepted.advisories.contains(.newerExists(missing: missing)))
        XCTAssertEqual(documentKindName(kind: .withdrawal).zh, "密钥停用通知")
        let preflight = try gate.preflight(nowUnixS: World.now + 60)
        XCTAssertEqual(preflight.index?.ageS, 60)
        let reasons = preflight.applications[0].endings.filter { $0.number == 0 }.map(\.reason)
        XCTAssertEqual(reasons.count, 2)
        for kind in missing { XCTAssert(reasons.contains(.newerExists(kind: kind)), "\(kind)") }

        let others = try region.sign(.withdrawal, region.noticeJson(), "js")
        expect(InstallError.NotAnsweredFor(issuer: "cn-31")) {
            try gate.installWithdrawal(json: others, nowUnixS: World.now)
        }
        try gate.installWithdrawal(json: notice, nowUnixS: World.now)
        let refused = try scan(World.now + 1)
        XCTAssertEqual(number(refused.verdict), 205)

        // Both scans again, by the lists of that time.
        let keys = ReceiptKeys.of(keys: [try gateKey.publicKey()])
        let roots = try Roots.fromEdition(json: region.first)
        func archive(_ roots: Roots) throws -> ReplayLists {
            try ReplayLists(
                roots: [roots], trustList: region.trustList(), catalogue: region.catalogue())
        }
        // ECDSA signatures differ each time; what is signed does not.
        let lists = try archive(roots)
        expect(ReplayError.OtherNotice(missing: try hash(index))) {
            try lists.replay(receipt: told.receipt, keys: keys, text: told.text)
        }
        try lists.addIndex(json: index)
        XCTAssertEqual(
            try lists.replay(receipt: told.receipt, keys: keys, text: told.text), told.verdict)
        expect(ReplayError.OtherNotice(missing: try hash(notice))) {
            try lists.replay(receipt: refused.receipt, keys: keys, text: refused.text)
        }
        try lists.addWithdrawal(json: notice)
        XCTAssertEqual(
            try lists.replay(receipt: refused.receipt, keys: keys, text: refused.text),
            refused.verdict)
        let walked = try roots.walk(json: region.nextRoots().document)
        let later = try archive(walked)
        expect(ReplayError.OtherRoots(receipt: 1)) {
            try later.replay(receipt: told.receipt, keys: keys, text: told.text)
        }
    }

    func testOtherRootsAreToldAndBegunWithAndUsedCodesStayUsed() throws {
        var region = try Region()
        let world = region.world
        let morning = try region.gate()
        try morning.installRoots(json: region.nextRoots().document)
        let session = try world.session()
        func once(_ now: Int64) -> ScanContext { World.context(now, application: 102) }
        let used = try session.code(nowUnixS: World.now).text
        XCTAssertEqual(number(try morning.scan(text: used, context: once(World.now))), 0)
        let gate = try OneCodeScanner.restore(
            snapshot: morning.snapshot(), policy: Policy(withoutStatusLists: true))
        try gate.roots().cameBy(configured: .fromEdition(json: region.first))

        let lone = Roots.fromKey(key: try world.operatorRoot.publicKey())
        let differ = RootsDiffer.NotAmong(
            configured: try world.operatorRoot.publicKey().jwkThumbprint(),
            begun: try hash(region.first), number: 2)
        expect(differ) { try gate.roots().cameBy(configured: lone) }
        XCTAssert(differ.description.contains("walked to edition 2"), differ.description)

        try gate.beginAnew(roots: lone)
        try gate.roots().cameBy(configured: lone)
        let text = try session.code(nowUnixS: World.now + 1).text
        XCTAssertEqual(number(try gate.scan(text: text, context: once(World.now + 1))), 701)
        try gate.installTrustList(json: world.trustList, nowUnixS: World.now)
        try gate.installCatalogue(json: world.catalogue, nowUnixS: World.now)
        XCTAssertEqual(number(try gate.scan(text: used, context: once(World.now + 2))), 601)
        XCTAssertEqual(number(try gate.scan(text: text, context: once(World.now + 2))), 0)
    }

    func testHoldersSignInThreePlacesAndOneJoins() throws {
        let region = try Region()
        let module = try Module()
        let json = try World.trustListJson(region.world.issuer)
        let draft = try Region.draft(.trustList, json)
        XCTAssertEqual(draft.kind(), .trustList)
        XCTAssertEqual(draft.payload(), Data(json.utf8))
        XCTAssert(draft.words().zh.contains(draft.hash()), draft.words().zh)

        let prepared = try draft.prepare(key: module.publicKey, nowUnixS: World.now)
        let message = prepared.toBeSigned().message
        XCTAssertEqual(prepared.toBeSigned().digest, module.publicKey.digest(message: message))
        XCTAssertEqual(prepared.words(), draft.words())
        expect(SigningError.DoesNotHold) {
            try prepared.attach(signature: region.key("zj").sign(message: message))
        }
        let byModule = try prepared.attach(signature: module.sign(message))
        XCTAssertEqual(byModule.signers(), [module.publicKey.jwkThumbprint()])
        XCTAssertEqual(draft.signers(), [], "a document changed")

        // Two sign copies of it, and the copies are sent back.
        let sent = try SignedDocument.fromJson(json: byModule.toJson())
        let copies = try ["ah", "zj"].map {
            try sent.sign(key: region.key($0), nowUnixS: World.now)
        }
        let joined = try byModule.join(other: copies[0]).join(other: copies[1])
        XCTAssertEqual(joined.signers().count, 3)
        XCTAssertEqual(joined.hash(), draft.hash())
        let gate = try region.emptyGate()
        // Nobody counts the module; js has a key of its own.
        expect(tooFew(3, ["ah", "zj"], unknown: 1)) {
            try gate.installTrustList(json: joined.toJson(), nowUnixS: World.now)
        }
        let enough = try joined.sign(key: region.key("js"), nowUnixS: World.now)
        try gate.installTrustList(json: enough.toJson(), nowUnixS: World.now)

        expect(SignDocumentError.NoMoreSignatures(limit: 16)) {
            try joined.prepare(key: module.publicKey, nowUnixS: World.now)
        }
        let other = try Region.draft(
            .trustList, World.trustListJson(region.world.issuer, sequence: 2))
        expect(SignDocumentError.OtherDocument(ours: joined.hash(), theirs: other.hash())) {
            try joined.join(other: other)
        }
        expect(SignDocumentError.DatedAhead(aheadS: 86_400, limitS: 120)) {
            try draft.prepare(key: module.publicKey, nowUnixS: World.now - 31 * 86_400)
        }
        let locked = ScriptedKey(module.publicKey) { _ in throw SigningError.Locked }
        expect(SignDocumentError.Signing(signing: .Locked)) {
            try draft.sign(key: locked, nowUnixS: World.now)
        }
    }
}

/// A holder's key where only the platform's own cryptography reaches it: CryptoKit. Where there is
/// none, a software key answers for it.
private struct Module {
    let publicKey: PublicKey
    let sign: (Data) throws -> EncodedSignature

    init() throws {
        #if canImport(CryptoKit)
            let key = P256.Signing.PrivateKey()
            publicKey = try .fromBytes(algorithm: .esp256, bytes: key.publicKey.x963Representation)
            sign = { .der(bytes: try key.signature(for: $0).derRepresentation) }
        #else
            let key = try generateKey(algorithm: .esp256).key
            publicKey = try key.publicKey()
            sign = { try key.sign(message: $0) }
        #endif
    }
}
