// A card moves to a new phone by two scans: the old phone scans the new one's request, its holder
// agrees, and the new phone scans the answer.

import OneCode
import SwiftUI

struct MoveScreen: View {
    private enum Step {
        case choose
        /// The new phone shows its request, and scans the answer.
        case asked(CardRequest, Codes)
        /// The old phone scans the request.
        case scan
        /// The old phone asks its holder.
        case asks(MoveQuestion)
        /// The old phone shows its answer.
        case agreed(Codes)
    }

    private struct Over: Error {}

    let cards: Cards
    @State private var step = Step.choose
    @State private var told: Wording?

    var body: some View {
        VStack(spacing: 12) {
            if let told { Text(verbatim: told.text()) }
            switch step {
            case .choose:
                Button(Wording(zh: "这是新手机", en: "This is the new phone").text()) {
                    trying {
                        let request = try await cards.beginMove()
                        step = .asked(request, Self.pictures(of: request))
                    }
                }
                Button(Wording(zh: "这是旧手机", en: "This is the old phone").text()) { step = .scan }
            case .asked(let request, let pictures):
                OneCodeView(pictures)
                CameraView { text in
                    trying {
                        try await cards.finishMove(request, consent: text)
                        step = .choose
                        told = Wording(zh: "卡已转到本机", en: "The card is on this phone.")
                    }
                }
            case .scan:
                CameraView { text in trying { step = .asks(try await cards.question(text)) } }
            case .asks(let question):
                // All of it, and no is as near as yes.
                Text(verbatim: question.words().text())
                Button(Wording(zh: "不同意", en: "Refuse").text()) { step = .choose }
                Button(Wording(zh: "同意", en: "Agree").text()) {
                    trying { step = .agreed(try await cards.agree(question)) }
                }
            case .agreed(let codes):
                OneCodeView(codes)
                Button(Wording(zh: "新手机已收到，删除本机的卡", en: "The new phone has it: delete it here").text()) {
                    trying {
                        try await cards.forget()
                        step = .choose
                    }
                }
            }
        }
        .padding()
    }

    private func trying(_ work: @escaping @MainActor () async throws -> Void) {
        Task { @MainActor in
            do {
                told = nil
                try await work()
            } catch {
                told = Wording(forHolder: error)
            }
        }
    }

    /// The picture of the request, for as long as the old phone answers it: ten minutes.
    private static func pictures(of request: CardRequest) -> Codes {
        let made = request.claims().issuedAtUnixS
        let schedule = Schedule(
            shownFromUnixS: made, renewAtUnixS: made + 600, goodUntilUnixS: made + 600)
        let code = Code(text: request.text(), byteLength: 0, schedule: schedule)
        return Codes { nowUnixS in
            guard nowUnixS < schedule.goodUntilUnixS else { throw Over() }
            return try CodeFrame(code)
        }
    }
}
