// A sample to copy from: the citizen's screens and a scanner's, in one app. How to build it:
// docs/INTEGRATION.md.

import SwiftUI

@main
struct SampleApp: App {
    /// Nil when the wallet's file cannot be read: your app says so.
    private static let cards = try? Cards()

    var body: some Scene {
        WindowGroup {
            TabView {
                if let cards = Self.cards {
                    CitizenScreen(cards: cards)
                        .tabItem { Label("一码通", systemImage: "qrcode") }
                    MoveScreen(cards: cards)
                        .tabItem { Label("换手机", systemImage: "iphone") }
                }
                ScannerScreen()
                    .tabItem { Label("扫码", systemImage: "qrcode.viewfinder") }
            }
        }
    }
}
