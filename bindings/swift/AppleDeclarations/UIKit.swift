@_exported import Foundation

@MainActor
open class UIScreen: NSObject {
    public class var main: UIScreen { fatalError() }
    public var brightness: CGFloat = 0
    public var isCaptured: Bool { fatalError() }
    public nonisolated class var capturedDidChangeNotification: NSNotification.Name { fatalError() }
}

open class CALayer: NSObject {}

@MainActor
open class UIView: NSObject {
    open class var layerClass: AnyClass { fatalError() }
    open var layer: CALayer { fatalError() }
    public init(frame: CGRect) {}
    public required init?(coder: NSCoder) {}
}
