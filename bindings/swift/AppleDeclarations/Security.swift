@_exported import Foundation

public typealias CFString = String
public typealias CFData = Data
public typealias CFDictionary = [CFString: Any]
public typealias CFTypeRef = AnyObject
public typealias CFTypeID = UInt
public typealias CFIndex = Int
public typealias CFAllocator = AnyObject
public typealias OSStatus = Int32
// Bridged there: a CFError is an Error, and each Error an NSError.
public class CFError: Error, @unchecked Sendable {}
public class SecKey {}
public class SecAccessControl {}

public func CFGetTypeID(_ cf: CFTypeRef?) -> CFTypeID { fatalError() }

public let errSecSuccess: OSStatus = 0
public let errSecItemNotFound: OSStatus = -25_300
public let errSecDuplicateItem: OSStatus = -25_299

public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly: CFString = ""
public let kSecAttrAccessControl: CFString = ""
public let kSecAttrApplicationTag: CFString = ""
public let kSecAttrIsPermanent: CFString = ""
public let kSecAttrKeySizeInBits: CFString = ""
public let kSecAttrKeyType: CFString = ""
public let kSecAttrKeyTypeECSECPrimeRandom: CFString = ""
public let kSecAttrTokenID: CFString = ""
public let kSecAttrTokenIDSecureEnclave: CFString = ""
public let kSecClass: CFString = ""
public let kSecClassKey: CFString = ""
public let kSecPrivateKeyAttrs: CFString = ""
public let kSecReturnRef: CFString = ""
public let kSecUseAuthenticationContext: CFString = ""

public struct SecAccessControlCreateFlags: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let userPresence = Self(rawValue: 1)
    public static let biometryCurrentSet = Self(rawValue: 8)
    public static let privateKeyUsage = Self(rawValue: 1 << 30)
}

public struct SecKeyAlgorithm: Sendable {
    public static let ecdsaSignatureMessageX962SHA256 = SecKeyAlgorithm()
}

public typealias ErrorPointer = UnsafeMutablePointer<Unmanaged<CFError>?>

public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFTypeRef, _ flags: SecAccessControlCreateFlags,
    _ error: ErrorPointer?
) -> SecAccessControl? { fatalError() }
// A constant of type CFString is a CFTypeRef there, and a String here.
public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFString, _ flags: SecAccessControlCreateFlags,
    _ error: ErrorPointer?
) -> SecAccessControl? { fatalError() }
public func SecKeyCreateRandomKey(_ parameters: CFDictionary, _ error: ErrorPointer?) -> SecKey? {
    fatalError()
}
public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey? { fatalError() }
public func SecKeyCopyExternalRepresentation(_ key: SecKey, _ error: ErrorPointer?) -> CFData? {
    fatalError()
}
public func SecKeyCreateSignature(
    _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ dataToSign: CFData, _ error: ErrorPointer?
) -> CFData? { fatalError() }
public func SecKeyGetTypeID() -> CFTypeID { fatalError() }
public func SecItemCopyMatching(
    _ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?
) -> OSStatus { fatalError() }
public func SecItemDelete(_ query: CFDictionary) -> OSStatus { fatalError() }
