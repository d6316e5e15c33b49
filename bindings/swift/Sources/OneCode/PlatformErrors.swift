// What Apple's frameworks say when a key does not sign, in the terms of the core. The numbers are
// part of their published interface and are written out, so that this can be tested anywhere.

extension SigningError {
    /// The domain of `OSStatus` values, `NSOSStatusErrorDomain`.
    static let statusDomain = "NSOSStatusErrorDomain"
    /// The domain of `LAError`.
    static let authenticationDomain = "com.apple.LocalAuthentication"

    /// What an error of the Security or the LocalAuthentication framework means.
    ///
    /// What waits for the user is `locked`: a screen that is locked, a prompt that was cancelled, a
    /// fingerprint that failed. A key that is not in the keychain any more is `gone`.
    init(domain: String, code: Int) {
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
            self = .Refused(reason: "\(domain) \(code)")
        }
    }
}
