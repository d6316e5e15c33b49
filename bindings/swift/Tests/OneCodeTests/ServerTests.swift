// What runs on servers: an issuer that is restarted, and a back office.

import Foundation
import XCTest

@testable import OneCode

final class ServerTests: XCTestCase {
    private func publication(_ unixS: Int64) -> StatusPublication {
        StatusPublication(issuedAtUnixS: unixS, expiresUnixS: unixS + 86_400, ttlS: 3_600)
    }

    func testAnIssuerGoesOnFromWhatItPublished() throws {
        let key = try World().issuer
        let agency = try StatusIssuer(issuerId: "cn-31", positions: 100)
        try agency.revoke(index: 3)
        var published = try agency.publish(publication: publication(World.now), key: key)
        let earlier = try agency.copy()
        try agency.suspend(index: 7)
        published.append(
            try agency.publishDelta(
                earlier: earlier, earlierUnixS: World.now, publication: publication(World.now + 60),
                key: key))
        func reload(_ lists: [Data]) throws -> StatusIssuer {
            try StatusIssuer.fromPublished(
                issuerId: "cn-31", listsAndDeltas: lists, keys: [try key.publicKey()])
        }
        let again = try reload(published)
        XCTAssertEqual(try again.continuesUnixS(), World.now + 60)
        XCTAssertEqual(try again.positions(), 100)
        XCTAssertEqual(try again.status(index: 3), .revoked)
        XCTAssertEqual(try again.status(index: 7), .suspended)
        expect(ReloadError.NoList) { try reload([]) }
        expect(ReloadError.DoesNotFollow(at: 0)) { try reload(published.reversed()) }
    }

    func testABackOfficeDecidesAgainInOneCall() throws {
        let world = try World()
        let text = try world.session().code(nowUnixS: World.now).text
        let past = ["?", text].map { PastScan(text: $0, context: World.context()) }
        let gate = try world.scanner()
        let verdicts = try past.map { try gate.scan(text: $0.text, context: $0.context) }
        let office = try world.scanner()
        for _ in 0..<2 { XCTAssertEqual(try office.verifyBatch(scans: past), verdicts) }
    }
}
