// A sample to copy from: the citizen's screen and a scanner's, in one app. How to build it:
// docs/INTEGRATION.md.

import SwiftUI

@main
struct SampleApp: App {
    var body: some Scene {
        WindowGroup {
            TabView {
                CitizenScreen()
                    .tabItem { Label("一码通", systemImage: "qrcode") }
                ScannerScreen()
                    .tabItem { Label("扫码", systemImage: "qrcode.viewfinder") }
            }
        }
    }
}
