// The code on the screen. Thin, because it runs on iOS only: what is drawn where is in
// CodeFrame.swift, when in Codes.swift, and what is said in Texts.swift.

#if os(iOS) || ONECODE_DECLARATIONS
import SwiftUI
import UIKit

/// Shows codes as they renew themselves, with a countdown.
///
/// ```swift
/// struct CitizenScreen: View {
///     @State private var codes: Codes
///
///     var body: some View { OneCodeView(codes).padding() }
/// }
/// ```
///
/// While it is shown, the screen is at full brightness. Nothing is shown while the app is in the
/// background, in the app switcher, or recorded, and no code is made in the background or while
/// recorded. The picture is dark on light in a dark theme too. To show another card, give the view another `id`.
public struct OneCodeView: View {
    private struct Run: Equatable {
        let wanted: Bool
        let attempt: Int
    }

    private let codes: Codes
    @Environment(\.scenePhase) private var phase
    @State private var frame: CodeFrame?
    @State private var failure: Wording?
    @State private var attempt = 0
    @State private var recorded = UIScreen.main.isCaptured

    /// A view of these codes. Keep the sequence, as in `@State`: it remembers what it showed.
    public init(_ codes: Codes) {
        self.codes = codes
    }

    /// The picture, and the countdown under it.
    public var body: some View {
        let visible = phase == .active && !recorded
        // While the system asks for Face ID or a passcode, the app is inactive. The iteration that
        // waits for the answer goes on: begun anew each time, it would ask again each time.
        let wanted = phase != .background && !recorded
        VStack(spacing: 12) {
            ZStack {
                Color.white
                if recorded {
                    label(.notWhileRecording)
                } else if let failure {
                    VStack(spacing: 12) {
                        label(failure)
                        Button(Wording.tryAgain.text()) { attempt += 1 }
                    }
                } else if visible, let frame {
                    Picture(frame: frame)
                        .accessibilityElement()
                        .accessibilityLabel(Text(verbatim: CodeFrame.spoken.text()))
                        .accessibilityAddTraits(.isImage)
                }
            }
            .aspectRatio(1, contentMode: .fit)
            if visible, let frame {
                Countdown(frame: frame, clock: codes.clock)
            }
        }
        .task(id: Run(wanted: wanted, attempt: attempt)) { await show(wanted) }
        .modifier(FullBrightness(on: visible))
        .onReceive(
            NotificationCenter.default.publisher(for: UIScreen.capturedDidChangeNotification)
        ) { _ in recorded = UIScreen.main.isCaptured }
    }

    private func label(_ wording: Wording) -> some View {
        Text(verbatim: wording.text())
            .foregroundColor(.black)
            .multilineTextAlignment(.center)
            .padding()
    }

    private func show(_ wanted: Bool) async {
        frame = nil
        guard wanted else { return }
        failure = nil
        do {
            for try await next in codes { frame = next }
        } catch {
            frame = nil
            failure = Wording(forHolder: error)
        }
    }
}

/// The modules, on whole pixels.
private struct Picture: View {
    let frame: CodeFrame
    @Environment(\.displayScale) private var scale

    var body: some View {
        let (frame, scale) = (frame, scale)
        Canvas(opaque: true) { context, size in
            context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.white))
            let side = min(size.width, size.height) * scale
            let layout = frame.layout(sidePx: Int(side))
            let (modulePx, originPx) = (Int(layout.modulePx), Int(layout.originPx))
            var dark = Path()
            for run in frame.runs {
                dark.addRect(
                    CGRect(
                        x: CGFloat(originPx + run.x * modulePx) / scale,
                        y: CGFloat(originPx + run.y * modulePx) / scale,
                        width: CGFloat(run.length * modulePx) / scale,
                        height: CGFloat(modulePx) / scale))
            }
            context.fill(dark, with: .color(.black), style: FillStyle(antialiased: false))
        }
    }
}

/// The seconds until the next code.
private struct Countdown: View {
    let frame: CodeFrame
    let clock: any CodeClock

    var body: some View {
        TimelineView(.periodic(from: Date(), by: 1)) { _ in
            let seconds = frame.secondsLeft(nowUnixMs: clock.nowUnixMs())
            Text(verbatim: "\(seconds)")
                .font(.system(size: 40, weight: .bold).monospacedDigit())
                .accessibilityLabel(
                    Text(verbatim: CodeFrame.spoken(secondsLeft: seconds).text()))
        }
    }
}

/// Full brightness while `on`.
private struct FullBrightness: ViewModifier {
    let on: Bool
    @State private var isSet = false

    func body(content: Content) -> some View {
        content
            .onAppear { set(on) }
            .onDisappear { set(false) }
            .onChange(of: on) { set($0) }
    }

    private func set(_ full: Bool) {
        guard full != isSet else { return }
        isSet = full
        if full { Brightness.raise() } else { Brightness.putBack() }
    }
}

/// The brightness of the screen. Where one view takes the place of another, the new one comes before
/// the old one goes: it is put back when the last one has gone.
@MainActor
private enum Brightness {
    private static var raised = 0
    private static var before: CGFloat = 0

    static func raise() {
        if raised == 0 { before = UIScreen.main.brightness }
        raised += 1
        UIScreen.main.brightness = 1
    }

    static func putBack() {
        raised -= 1
        if raised == 0 { UIScreen.main.brightness = before }
    }
}
#endif
