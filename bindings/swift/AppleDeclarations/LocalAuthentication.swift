@_exported import Foundation

open class LAContext: NSObject {}
