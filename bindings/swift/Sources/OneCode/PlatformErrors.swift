// What Apple's frameworks say when a key does not sign, in the terms of the core. The numbers are
// part of their published interface and are written out, so that this can be tested anywhere.

import Foundation

extension SigningError {
    /// The domain of `OSStatus` values, `NSOSStatusErrorDomain`.
    static let statusDomain = "NSOSStatusErrorDomain"
    /// The domain of `LAError`.
    static let authenticationDomain = "com.apple.LocalAuthentication"

    /// More causes than any framework gives.
    private static let mostCauses = 16

    /// What an error of the Security or the LocalAuthentication framework means.
    ///
    /// The error on the outside often says no more than that the token did not sign: what it means
    /// is said by the first of its causes that says it, and the reason has them all.
    init(_ error: NSError) {
        var chain: [NSError] = []
        var next: NSError? = error
        while let error = next, chain.count < Self.mostCauses {
            chain.append(error)
            next = error.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        for error in chain {
            if let meaning = Self(meaningOf: error.domain, error.code) {
                self = meaning
                return
            }
        }
        self = .Refused(reason: chain.map(Self.said).joined(separator: "; caused by "))
    }

    /// An error that is a number and no more.
    init(domain: String, code: Int) {
        self = Self(meaningOf: domain, code) ?? .Refused(reason: "\(domain) \(code)")
    }

    /// The domain, the code, and the text for developers where there is one.
    private static func said(_ error: NSError) -> String {
        let text = error.userInfo[NSDebugDescriptionErrorKey] ?? error.userInfo[NSLocalizedDescriptionKey]
        return "\(error.domain) \(error.code)" + ((text as? String).map { ": \($0)" } ?? "")
    }

    /// What waits for the user is `locked`: a screen that is locked, a prompt that was cancelled, a
    /// fingerprint that failed. A key that is not in the keychain any more is `gone`.
    private init?(meaningOf domain: String, _ code: Int) {
        switch (domain, code) {
        case (Self.statusDomain, -25_308),  // errSecInteractionNotAllowed
            (Self.statusDomain, -25_293),  // errSecAuthFailed
            (Self.statusDomain, -128),  // errSecUserCanceled
            (Self.authenticationDomain, -1),  // authenticationFailed
            (Self.authenticationDomain, -2),  // userCancel
            (Self.authenticationDomain, -3),  // userFallback
            (Self.authenticationDomain, -4),  // systemCancel
            (Self.authenticationDomain, -8),  // biometryLockout
            (Self.authenticationDomain, -9),  // appCancel
            (Self.authenticationDomain, -1_004):  // notInteractive
            self = .Locked
        case (Self.statusDomain, -25_300):  // errSecItemNotFound
            self = .Gone
        default:
            return nil
        }
    }
}
