// What the views say, in Chinese and English. What a refusal says is in the core.

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension Wording {
    /// The text for a person: Chinese where the first of their languages is, else English.
    ///
    /// - Parameter languages: The person's languages as in `Locale.preferredLanguages`.
    public func text(for languages: [String] = Locale.preferredLanguages) -> String {
        languages.first?.lowercased().hasPrefix("zh") == true ? zh : en
    }
}

extension CodeFrame {
    /// What VoiceOver says about the picture.
    static let spoken = Wording(
        zh: "一码通二维码，请对准扫码设备", en: "Your code as a picture. Hold it to the scanner.")

    /// What VoiceOver says about the countdown.
    static func spoken(secondsLeft: Int) -> Wording {
        Wording(zh: "\(secondsLeft)秒后自动更换", en: "Renews itself in \(secondsLeft) seconds.")
    }
}

extension Wording {
    static let tryAgain = Wording(zh: "重试", en: "Try again")
    static let notWhileRecording = Wording(
        zh: "录屏或投屏时不显示", en: "Not shown while the screen is recorded or mirrored.")

    /// What somebody is told whose code could not be made, or who did not get a card: what to do, not
    /// what went wrong. The issuer's service and the core have their own words for theirs.
    public init(forHolder error: any Error) {
        switch error {
        case IssuerError.Problem(let problem, _):
            self.init(problem.reason, problem.advice)
        case RequestRefusal.Refused(let number, _, _, _):
            let message = requestMessageOf(number: number)
            self = message.map { Wording($0.reason, $0.advice) } ?? .notNow
        case is URLError:
            self.init(zh: "请检查网络后重试", en: "Check the network, and try again.")
        default:
            self.init(ofCode: error as? MakeCodeError)
        }
    }

    private static let notNow = Wording(
        zh: "暂时无法出示，请重试", en: "The code could not be made. Try again.")

    private init(_ reason: Wording, _ advice: Wording) {
        self.init(zh: reason.zh + advice.zh, en: "\(reason.en) \(advice.en)")
    }

    private init(ofCode error: MakeCodeError?) {
        switch error {
        case .Signing(signing: .Locked):
            self.init(zh: "请先验证身份，再出示一码通", en: "Unlock it first, then show the code.")
        case .Signing(signing: .Gone), .WrongKey:
            self.init(
                zh: "本机密钥已失效，请重新申领电子社保卡",
                en: "The key of this phone is gone. Apply for the card again.")
        case .Signing(signing: .DoesNotHold), .Signing(signing: .HashedTwice),
            .Signing(signing: .WithoutZ), .Signing(signing: .OtherSignerId),
            .Signing(signing: .NotDer), .Signing(signing: .WrongLength),
            .Signing(signing: .OutOfRange):
            self.init(
                zh: "本机密钥签名有误，请重新申领电子社保卡",
                en: "The key of this phone signs wrongly. Apply for the card again.")
        case .CardExpired:
            self.init(
                zh: "电子社保卡需要更新，请联网后重试",
                en: "The card must be renewed. Go online and try again.")
        case .NoUnusedSecond, .Time:
            self.init(
                zh: "请检查手机时间后重试", en: "Check the time of this phone, and try again.")
        default:
            self = .notNow
        }
    }
}
