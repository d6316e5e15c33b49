// The citizen's screen: the codes of the card, or what to do.

import OneCode
import SwiftUI

struct CitizenScreen: View {
    let cards: Cards
    @State private var codes: Codes?
    @State private var told: Wording?
    @State private var applying = false

    var body: some View {
        Group {
            if let codes {
                OneCodeView(codes).padding()
            } else if let told {
                VStack(spacing: 12) {
                    Text(verbatim: told.text())
                    Button(Wording(zh: "申领", en: "Apply").text()) { applying = true }
                }
                .padding()
            } else {
                ProgressView()
            }
        }
        .task(id: applying) {
            do {
                if applying { try await cards.enrol() }
                codes = try await cards.codes()
                told = codes == nil ? Wording(zh: "本机还没有卡", en: "No card is on this phone.") : nil
                // Codes go on meanwhile.
                try await cards.renewIfDue()
            } catch {
                told = Wording(forHolder: error)
            }
            applying = false
        }
    }
}
