// What a host puts beside the scanner's own, and what it can do wrong.

import Foundation
import XCTest

@testable import OneCode

private struct Unexpected: Error {}

private final class ScriptedStore: DuplicateStore {
    private let answer: @Sendable (CodeUse) throws -> Earlier
    init(_ answer: @escaping @Sendable (CodeUse) throws -> Earlier) { self.answer = answer }
    func record(codeUse: CodeUse) throws -> Earlier { try answer(codeUse) }
}

private final class ScriptedHandler: ForeignCodeHandler {
    private let answer: @Sendable (ForeignKind, String) throws -> Bool
    init(_ answer: @escaping @Sendable (ForeignKind, String) throws -> Bool) {
        self.answer = answer
    }
    func take(kind: ForeignKind, text: String, context: ScanContext) throws -> Bool {
        try answer(kind, text)
    }
}

final class HostTests: XCTestCase {
    private let paymentCode = "101234567890123456"

    private func number(_ verdict: Verdict) -> Int32? {
        if case .refused(refusal: _, facts: _, let message) = verdict { message.number } else { nil }
    }

    func testAStoreOfTheHost() throws {
        let world = try World()
        let scanner = try world.scanner()
        let uses = Counter()
        try scanner.setDuplicateStore(
            store: ScriptedStore { codeUse in
                XCTAssertEqual(codeUse.code.count, 32)
                XCTAssert(codeUse.refuseRepeat)
                return uses.next() == 1 ? .nothing : .usedCode(firstUnixS: World.now)
            })
        let text = try world.session().code(nowUnixS: World.now).text
        let context = World.context(application: 102)
        XCTAssertNil(number(try scanner.scan(text: text, context: context)))
        XCTAssertEqual(number(try scanner.scan(text: text, context: context)), 601)
    }

    func testAStoreThatFailsOrCallsItsScanner() throws {
        let world = try World()
        let text = try world.session().code(nowUnixS: World.now).text
        let context = World.context(application: 102)
        let box = Box<OneCodeScanner>()
        let stores = [
            ScriptedStore { _ in throw HostError.Unavailable },
            ScriptedStore { _ in throw Unexpected() },
            ScriptedStore { _ in
                expect(UsageError.Reentrant) {
                    try box.value?.scan(text: "", context: World.context()) as Any
                }
                throw HostError.Unavailable
            },
        ]
        for store in stores {
            let scanner = try world.scanner()
            box.value = scanner
            try scanner.setDuplicateStore(store: store)
            XCTAssertEqual(number(try scanner.scan(text: text, context: context)), 707)
        }
        box.value = nil
    }

    func testAHandlerOfTheHost() throws {
        let scanner = try World().scanner()
        XCTAssertEqual(number(try scanner.scan(text: paymentCode, context: World.context())), 110)
        for (answer, isTaken) in [
            (ScriptedHandler { kind, text in kind.id == "pay" && text.count == 18 }, true),
            (ScriptedHandler { _, _ in false }, false),
            (ScriptedHandler { _, _ in throw Unexpected() }, false),
        ] {
            try scanner.setForeignHandler(handler: answer)
            let verdict = try scanner.scan(text: paymentCode, context: World.context())
            if case .handedOver(let kind) = verdict {
                XCTAssert(isTaken)
                XCTAssertEqual(kind.name.zh, "付款码")
            } else {
                XCTAssertFalse(isTaken)
                XCTAssertEqual(number(verdict), 110)
            }
        }
    }

    func testAScannerGoesOnFromItsSnapshot() throws {
        let world = try World()
        let scanner = try world.scanner()
        let text = try world.session().code(nowUnixS: World.now).text
        let context = World.context(application: 102)
        XCTAssertNil(number(try scanner.scan(text: text, context: context)))
        let snapshot = try scanner.snapshot()
        let again = try OneCodeScanner.restore(snapshot: snapshot, policy: Policy(withoutStatusLists: true))
        XCTAssertEqual(number(try again.scan(text: text, context: context)), 701, "no lists yet")
        try again.installTrustList(json: world.trustList, nowUnixS: World.now)
        try again.installCatalogue(json: world.catalogue, nowUnixS: World.now)
        XCTAssertEqual(number(try again.scan(text: text, context: context)), 601)

        expect(SnapshotError.NotASnapshot) {
            try OneCodeScanner.restore(snapshot: Data(), policy: Policy())
        }
        expect(SnapshotError.Damaged) {
            try OneCodeScanner.restore(snapshot: snapshot.dropLast(), policy: Policy())
        }
    }
}
