// The picture and the words, as far as they are the same on every screen.

import Foundation
import XCTest

@testable import OneCode

final class FrameTests: XCTestCase {
    private func frame() throws -> CodeFrame {
        try CodeFrame(World().session().code(nowUnixS: World.now))
    }

    func testThePictureIsTheOneOfTheCore() throws {
        let frame = try frame()
        let picture = try QrCode.draw(text: frame.code.text)
        XCTAssertEqual(frame.width, 61, "version 11")
        XCTAssertEqual(Int(picture.width()), frame.width)
        XCTAssertEqual(picture.modules(), frame.modules)
    }

    func testRunsAreTheDarkModules() throws {
        let frame = try frame()
        var modules = Data(count: frame.width * frame.width)
        for run in frame.runs {
            for x in run.x..<run.x + run.length {
                XCTAssertEqual(modules[run.y * frame.width + x], 0, "drawn twice")
                modules[run.y * frame.width + x] = 1
            }
        }
        XCTAssertEqual(modules, frame.modules)
        XCTAssertEqual(frame.runs.first, CodeFrame.Run(x: 0, y: 0, length: 7), "a finder's edge")
    }

    func testModulesHaveWholePixelsAndAQuietZone() throws {
        let frame = try frame()
        for sidePx in [69, 70, 137, 138, 1_000, 1_170] {
            let layout = frame.layout(sidePx: sidePx)
            let (modulePx, originPx) = (Int(layout.modulePx), Int(layout.originPx))
            XCTAssertGreaterThanOrEqual(originPx, 4 * modulePx)
            let rest = sidePx - originPx - modulePx * frame.width
            XCTAssertGreaterThanOrEqual(rest, 4 * modulePx)
            XCTAssertGreaterThan((modulePx + 1) * (frame.width + 8), sidePx, "as large as can be")
        }
        XCTAssertEqual(frame.layout(sidePx: 68).modulePx, 0)
        XCTAssertEqual(frame.layout(sidePx: -1).modulePx, 0)
        XCTAssertEqual(frame.layout(sidePx: 0).modulePx, 0)
    }

    func testCountdown() throws {
        let frame = try frame()
        let start = World.now * 1_000
        XCTAssertEqual(frame.secondsLeft(nowUnixMs: start), 30)
        XCTAssertEqual(frame.secondsLeft(nowUnixMs: start + 1), 30)
        XCTAssertEqual(frame.secondsLeft(nowUnixMs: start + 29_999), 1)
        XCTAssertEqual(frame.secondsLeft(nowUnixMs: start + 30_000), 0)
        XCTAssertEqual(frame.secondsLeft(nowUnixMs: .max), 0)
        XCTAssertGreaterThan(frame.secondsLeft(nowUnixMs: .min), 0)
    }

    func testWordsInTheLanguageOfThePerson() {
        let wording = Wording(zh: "是", en: "yes")
        XCTAssertEqual(wording.text(for: ["zh-Hans-CN", "en"]), "是")
        XCTAssertEqual(wording.text(for: ["en-GB", "zh"]), "yes")
        XCTAssertEqual(wording.text(for: []), "yes")
    }

    func testWhatTheHolderIsTold() {
        let errors: [any Error] = [
            MakeCodeError.Signing(signing: .Locked), MakeCodeError.Signing(signing: .Gone),
            MakeCodeError.CardExpired(expiresUnixS: 0), MakeCodeError.NoUnusedSecond(nowUnixS: 0),
            MakeCodeError.Signing(signing: .DoesNotHold), CancellationError(),
        ]
        let texts = errors.map { Wording(forHolder: $0) }
        XCTAssertEqual(Set(texts).count, errors.count, "one for each")
        XCTAssertEqual(Wording(forHolder: MakeCodeError.WrongKey), texts[1])
    }
}
