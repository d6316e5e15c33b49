// A scanner's screen: the camera, and the verdict with what to do.

import AVFoundation
import OneCode
import SwiftUI
import UIKit

struct ScannerScreen: View {
    @State private var scanner: OneCodeScanner?
    @State private var answer: Answer?
    @State private var problem: String?

    var body: some View {
        ZStack(alignment: .bottom) {
            CameraView { text in scan(text) }
                .ignoresSafeArea()
            if let answer {
                VStack(spacing: 8) {
                    Text(verbatim: answer.title).font(.largeTitle.bold())
                    Text(verbatim: answer.advice).font(.title3)
                }
                .foregroundColor(.white)
                .multilineTextAlignment(.center)
                .frame(maxWidth: .infinity)
                .padding()
                .background(answer.isYes ? Color.green : Color.red)
                .accessibilityElement(children: .combine)
            } else if let problem {
                Text(verbatim: problem).padding()
            }
        }
        .task {
            // Off the main thread: it reads files and checks signatures.
            do {
                scanner = try await Task.detached { try Sandbox.scanner() }.value
            } catch {
                problem = "\(error)"
            }
        }
        // The next person, after a moment to read.
        .task(id: answer) {
            guard answer != nil, (try? await Task.sleep(nanoseconds: 3_000_000_000)) != nil
            else { return }
            answer = nil
        }
    }

    /// The text as the camera read it: not trimmed, not changed.
    private func scan(_ text: String) {
        guard answer == nil, let scanner else { return }
        let context = ScanContext(
            application: Sandbox.application, place: Sandbox.place,
            nowUnixS: Int64(Date().timeIntervalSince1970))
        do {
            answer = Answer(try scanner.scan(text: text, context: context))
        } catch {
            problem = "\(error)"
        }
    }
}

/// A verdict for the person at the gate.
private struct Answer: Equatable {
    let isYes: Bool
    let title: String
    let advice: String

    init(_ verdict: Verdict) {
        switch verdict {
        case .accepted(let acceptance):
            isYes = true
            title = Wording(zh: "通过", en: "Accepted").text()
            let issuer = Wording(zh: acceptance.issuer.name.zh, en: acceptance.issuer.name.en)
            advice = ([issuer] + acceptance.advisories.map(toDo)).map { $0.text() }
                .joined(separator: "\n")
        case .refused(refusal: _, facts: _, let message):
            isYes = false
            title = "\(message.number)"
            advice = message.reason.text() + "\n" + message.holder.text()
        case .handedOver(let kind):
            isYes = false
            title = Wording(zh: kind.name.zh, en: kind.name.en).text()
            advice = ""
        }
    }
}

/// The answer is yes, and something is to be seen to.
private func toDo(_ advisory: Advisory) -> Wording {
    switch advisory {
    case .statusUnknown:
        return Wording(
            zh: "卡状态未知：请更新卡状态名单", en: "Status not known: update the status lists")
    case .usedBefore:
        return Wording(
            zh: "此码用过：请核对本人", en: "Used before: check that it is the same person")
    case .duplicatesUnchecked:
        return Wording(
            zh: "查不到是否用过：请检查设备", en: "Whether it was used is not known: check this device")
    case .trustListDue: return Wording(zh: "请更新发卡机构名单", en: "Update the trust list")
    case .catalogueDue: return Wording(zh: "请更新应用项目清单", en: "Update the catalogue")
    case .rootsDue: return Wording(zh: "请更新根密钥名录", en: "Update the roots document")
    case .newerExists(let missing):
        let kinds = missing.map(documentKindName)
        let (zh, en) = (kinds.map(\.zh), kinds.map(\.en))
        return Wording(
            zh: "尚未装入最新的\(zh.joined(separator: "、"))：请更新",
            en: "Newer ones exist, update: \(en.joined(separator: ", "))")
    case .clockOff: return Wording(zh: "请校准设备时间", en: "Set this device's clock")
    }
}

/// The camera, reading QR codes.
struct CameraView: UIViewRepresentable {
    let onText: (String) -> Void

    func makeUIView(context: Context) -> CameraPreview {
        CameraPreview(onText: onText)
    }

    func updateUIView(_ preview: CameraPreview, context: Context) {
        preview.onText = onText
    }

    static func dismantleUIView(_ preview: CameraPreview, coordinator: ()) {
        preview.stop()
    }
}

final class CameraPreview: UIView, @preconcurrency AVCaptureMetadataOutputObjectsDelegate {
    var onText: (String) -> Void
    // Starting blocks, so it is started and stopped on a queue of its own.
    private let session = AVCaptureSession()
    private let queue = DispatchQueue(label: "camera")

    override class var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }

    init(onText: @escaping (String) -> Void) {
        self.onText = onText
        super.init(frame: .zero)
        guard
            let camera = AVCaptureDevice.default(for: .video),
            let input = try? AVCaptureDeviceInput(device: camera),
            session.canAddInput(input)
        else { return }
        session.addInput(input)
        let output = AVCaptureMetadataOutput()
        guard session.canAddOutput(output) else { return }
        session.addOutput(output)
        output.setMetadataObjectsDelegate(self, queue: .main)
        output.metadataObjectTypes = [.qr]
        (layer as? AVCaptureVideoPreviewLayer)?.session = session
        (layer as? AVCaptureVideoPreviewLayer)?.videoGravity = .resizeAspectFill
        queue.async { [session] in session.startRunning() }
    }

    required init?(coder: NSCoder) {
        fatalError("made in code only")
    }

    func stop() {
        queue.async { [session] in session.stopRunning() }
    }

    func metadataOutput(
        _ output: AVCaptureMetadataOutput, didOutput objects: [AVMetadataObject],
        from connection: AVCaptureConnection
    ) {
        let codes = objects.compactMap { ($0 as? AVMetadataMachineReadableCodeObject)?.stringValue }
        if let text = codes.first { onText(text) }
    }
}
