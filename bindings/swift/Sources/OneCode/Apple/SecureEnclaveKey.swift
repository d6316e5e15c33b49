// The phone's key in the Secure Enclave. Thin, because it runs on Apple's hardware only: what its
// errors mean is in PlatformErrors.swift.

#if canImport(Security) && canImport(LocalAuthentication)
import Foundation
import LocalAuthentication
import Security

/// A P-256 key that was made in the Secure Enclave and never leaves it, for the codes of one card.
///
/// It is kept in the keychain under its alias, on this device only: it is in no backup, and it
/// outlives the removal of the app. The Simulator has no Secure Enclave on older Macs.
///
/// Calls block, and ask the user where the key wants that: stay off the main thread.
public final class SecureEnclaveKey: DeviceKey, @unchecked Sendable {
    /// What the user must do before the key signs. The phone is unlocked in any case.
    public enum Authentication: Sendable {
        /// Nothing: whoever holds the unlocked phone can show the code.
        case none
        /// Face ID, Touch ID or the passcode.
        case userPresence
        /// Face ID or Touch ID as enrolled now: a key is lost when another finger or face is
        /// enrolled, and the card needs a new credential then.
        case biometry
    }

    /// The name of the key in the keychain.
    public let alias: String

    // Security's objects are safe to use from several threads, but not marked as such.
    private let key: SecKey

    private init(alias: String, key: SecKey) {
        self.alias = alias
        self.key = key
    }

    /// Makes a key.
    ///
    /// - Throws: ``SigningError``; `Refused` with errSecDuplicateItem where there is a key of that
    ///   name. A card may be bound to it: ``delete(alias:)`` it first if not.
    public static func create(
        alias: String, authentication: Authentication = .none
    ) throws -> SecureEnclaveKey {
        guard try open(alias: alias) == nil else {
            throw SigningError(status: errSecDuplicateItem)
        }
        var flags: SecAccessControlCreateFlags = .privateKeyUsage
        switch authentication {
        case .none: break
        case .userPresence: flags.insert(.userPresence)
        case .biometry: flags.insert(.biometryCurrentSet)
        }
        var error: Unmanaged<CFError>?
        guard
            let access = SecAccessControlCreateWithFlags(
                nil, kSecAttrAccessibleWhenUnlockedThisDeviceOnly, flags, &error)
        else { throw SigningError(error) }
        let attributes: [CFString: Any] = [
            kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
            kSecAttrKeySizeInBits: 256,
            kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
            kSecPrivateKeyAttrs: [
                kSecAttrIsPermanent: true,
                kSecAttrApplicationTag: Data(alias.utf8),
                kSecAttrAccessControl: access,
            ] as [CFString: Any],
        ]
        guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &error) else {
            throw SigningError(error)
        }
        return SecureEnclaveKey(alias: alias, key: key)
    }

    /// The key of that name, or nil where there is none.
    ///
    /// - Parameter context: An authentication that the user has given already, or a reason to show
    ///   when it is asked for.
    /// - Throws: ``SigningError``
    public static func open(alias: String, context: LAContext? = nil) throws -> SecureEnclaveKey? {
        var query = Self.query(alias)
        query[kSecReturnRef] = true
        if let context { query[kSecUseAuthenticationContext] = context }
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess else { throw SigningError(status: status) }
        guard let found, CFGetTypeID(found) == SecKeyGetTypeID() else {
            throw SigningError.Refused(reason: "what the keychain has under this name is no key")
        }
        return SecureEnclaveKey(alias: alias, key: found as! SecKey)
    }

    /// Removes a key for good. Codes of the card that was bound to it can no longer be made.
    ///
    /// - Throws: ``SigningError``; not where there is none.
    public static func delete(alias: String) throws {
        let status = SecItemDelete(query(alias) as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else {
            throw SigningError(status: status)
        }
    }

    /// The public half: what the issuer writes into the card credential.
    public func publicKey() throws -> PublicKey {
        do {
            return try PublicKey.fromBytes(algorithm: .esp256, bytes: point())
        } catch is KeyError {
            throw SigningError.Refused(reason: "the public half is no P-256 point")
        }
    }

    /// What App Attest vouches for, so that the app speaks for this key: the `clientDataHash` of
    /// `DCAppAttestService.attestKey`, 32 bytes. What that gives is the attestation of
    /// ``IssuerClient/beginEnrol(key:replaces:challenge:attestation:)``.
    ///
    /// - Parameter challenge: The issuer's.
    public func clientDataHash(for challenge: IssuerChallenge) throws -> Data {
        attestationHash(attestation: challenge.challenge + (try point()))
    }

    /// 65 bytes, uncompressed.
    private func point() throws -> Data {
        var error: Unmanaged<CFError>?
        guard
            let half = SecKeyCopyPublicKey(key),
            let point = SecKeyCopyExternalRepresentation(half, &error)
        else { throw SigningError(error) }
        return point as Data
    }

    /// Signs with ECDSA and SHA-256. The Secure Enclave answers in DER.
    ///
    /// - Throws: ``SigningError``
    public func sign(message: Data) throws -> EncodedSignature {
        var error: Unmanaged<CFError>?
        guard
            let signature = SecKeyCreateSignature(
                key, .ecdsaSignatureMessageX962SHA256, message as CFData, &error)
        else { throw SigningError(error) }
        return .der(bytes: signature as Data)
    }

    private static func query(_ alias: String) -> [CFString: Any] {
        [
            kSecClass: kSecClassKey,
            kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
            kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
            kSecAttrApplicationTag: Data(alias.utf8),
        ]
    }
}

extension SigningError {
    fileprivate init(status: OSStatus) {
        self.init(domain: Self.statusDomain, code: Int(status))
    }

    fileprivate init(_ error: Unmanaged<CFError>?) {
        guard let error = error?.takeRetainedValue() else {
            self = .Refused(reason: "no reason given")
            return
        }
        self.init(error as any Error as NSError)
    }
}
#endif
