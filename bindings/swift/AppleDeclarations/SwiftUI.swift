@_exported import Foundation
import UIKit

// Building views

@MainActor @preconcurrency
public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError() }
}

public struct EmptyView: View {
    public var body: Never { fatalError() }
}

public struct TupleView<T>: View {
    public var body: Never { fatalError() }
}

public struct EitherView<T: View, F: View>: View {
    public var body: Never { fatalError() }
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError() }
}

@resultBuilder
public enum ViewBuilder {
    public static func buildExpression<C: View>(_ content: C) -> C { fatalError() }
    public static func buildBlock() -> EmptyView { fatalError() }
    public static func buildBlock<C: View>(_ content: C) -> C { fatalError() }
    public static func buildBlock<each C: View>(_ content: repeat each C) -> TupleView<(repeat each C)> {
        fatalError()
    }
    public static func buildIf<C: View>(_ content: C?) -> C? { fatalError() }
    public static func buildEither<T: View, F: View>(first: T) -> EitherView<T, F> { fatalError() }
    public static func buildEither<T: View, F: View>(second: F) -> EitherView<T, F> { fatalError() }
}

@MainActor @preconcurrency
public protocol ViewModifier {
    associatedtype Body: View
    typealias Content = AnyContent
    @ViewBuilder func body(content: Content) -> Body
}

public struct AnyContent: View {
    public var body: Never { fatalError() }
}

@MainActor @preconcurrency
public protocol App {
    associatedtype Body: Scene
    @SceneBuilder var body: Body { get }
    init()
}
extension App {
    public static func main() {}
}

@MainActor @preconcurrency
public protocol Scene {}

@resultBuilder
public enum SceneBuilder {
    public static func buildBlock<C: Scene>(_ content: C) -> C { fatalError() }
}

public struct WindowGroup<C: View>: Scene {
    public init(@ViewBuilder content: () -> C) {}
}

// State and environment

@propertyWrapper
public struct State<Value> {
    public init(wrappedValue: Value) {}
    public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
}
extension State: Sendable where Value: Sendable {}
extension State where Value: ExpressibleByNilLiteral {
    public init() {}
}

public enum ScenePhase: Sendable { case background, inactive, active }

public struct EnvironmentValues {
    public var scenePhase: ScenePhase { fatalError() }
    public var displayScale: CGFloat { fatalError() }
}

@propertyWrapper
public struct Environment<Value> {
    public init(_ keyPath: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { fatalError() }
}

// Views

public struct Alignment: Sendable {
    public static let bottom = Alignment()
    public static let center = Alignment()
}
public enum HorizontalAlignment: Sendable { case center }
public enum TextAlignment: Sendable { case center }
public enum ContentMode: Sendable { case fit, fill }
public struct AccessibilityTraits: Sendable {
    public static let isImage = AccessibilityTraits()
}
public struct AccessibilityChildBehavior: Sendable {
    public static let ignore = AccessibilityChildBehavior()
    public static let combine = AccessibilityChildBehavior()
}
public struct Edge {
    public struct Set: Sendable {
        public static let all = Set()
    }
}

public struct Font: Sendable {
    public enum Weight: Sendable { case bold }
    public static let largeTitle = Font()
    public static let title3 = Font()
    public static func system(size: CGFloat, weight: Weight? = nil) -> Font { fatalError() }
    public func bold() -> Font { fatalError() }
    public func monospacedDigit() -> Font { fatalError() }
}

public struct Color: View, Sendable {
    public static let black = Color()
    public static let white = Color()
    public static let green = Color()
    public static let red = Color()
    public var body: Never { fatalError() }
}

public struct Text: View, Sendable {
    public init(verbatim content: String) {}
    public var body: Never { fatalError() }
}

public struct Button<L: View>: View {
    public var body: Never { fatalError() }
}
extension Button where L == Text {
    public init<S: StringProtocol>(_ title: S, action: @escaping @MainActor () -> Void) {}
}

public struct Label: View {
    public init<S: StringProtocol>(_ title: S, systemImage: String) {}
    public var body: Never { fatalError() }
}

public struct ProgressView: View {
    public init() {}
    public var body: Never { fatalError() }
}

public struct Group<C: View>: View {
    public init(@ViewBuilder content: () -> C) {}
    public var body: Never { fatalError() }
}

public struct TabView<C: View>: View {
    public init(@ViewBuilder content: () -> C) {}
    public var body: Never { fatalError() }
}

public struct VStack<C: View>: View {
    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil,
        @ViewBuilder content: () -> C
    ) {}
    public var body: Never { fatalError() }
}

public struct ZStack<C: View>: View {
    public init(alignment: Alignment = .center, @ViewBuilder content: () -> C) {}
    public var body: Never { fatalError() }
}

public struct PeriodicTimelineSchedule: Sendable {}
public struct TimelineContext {
    public let date: Date
}
public struct TimelineView<C: View>: View {
    public init(
        _ schedule: PeriodicTimelineSchedule,
        @ViewBuilder content: @escaping (TimelineContext) -> C
    ) {}
    public var body: Never { fatalError() }
}
extension PeriodicTimelineSchedule {
    public static func periodic(from start: Date, by interval: TimeInterval) -> Self { fatalError() }
}

// Drawing

public struct Path: Sendable {
    public init() {}
    public init(_ rect: CGRect) {}
    public mutating func addRect(_ rect: CGRect) {}
}
public struct FillStyle: Sendable {
    public init(eoFill: Bool = false, antialiased: Bool = true) {}
}
public struct GraphicsContext {
    public struct Shading {
        public static func color(_ color: Color) -> Shading { fatalError() }
    }
    public func fill(_ path: Path, with shading: Shading, style: FillStyle = FillStyle()) {}
}
public struct Canvas: View {
    public init(
        opaque: Bool = false, renderer: @escaping (inout GraphicsContext, CGSize) -> Void
    ) {}
    public var body: Never { fatalError() }
}

// Modifiers

extension View {
    public func accessibilityElement(
        children: AccessibilityChildBehavior = .ignore
    ) -> some View { self }
    public func accessibilityLabel(_ label: Text) -> some View { self }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { self }
    public func aspectRatio(_ ratio: CGFloat? = nil, contentMode: ContentMode) -> some View { self }
    public func background<B: View>(_ background: B, alignment: Alignment = .center) -> some View {
        self
    }
    public func font(_ font: Font?) -> some View { self }
    public func foregroundColor(_ color: Color?) -> some View { self }
    public func frame(maxWidth: CGFloat? = nil) -> some View { self }
    public func ignoresSafeArea() -> some View { self }
    public func modifier<M: ViewModifier>(_ modifier: M) -> some View { self }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { self }
    public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { self }
    public func tabItem<V: View>(@ViewBuilder _ label: () -> V) -> some View { self }
    public func onAppear(perform action: (() -> Void)? = nil) -> some View { self }
    public func onDisappear(perform action: (() -> Void)? = nil) -> some View { self }
    public func onChange<V: Equatable>(
        of value: V, perform action: @escaping (_ newValue: V) -> Void
    ) -> some View { self }
    public func onReceive(
        _ publisher: NotificationCenter.Publisher, perform action: @escaping (Notification) -> Void
    ) -> some View { self }
    public func task(
        priority: TaskPriority = .userInitiated,
        @_inheritActorContext _ action: sending @escaping @isolated(any) () async -> Void
    ) -> some View { self }
    public func task<T: Equatable>(
        id value: T, priority: TaskPriority = .userInitiated,
        @_inheritActorContext _ action: sending @escaping @isolated(any) () async -> Void
    ) -> some View { self }
}

extension NotificationCenter {
    public struct Publisher {}
    public func publisher(for name: Notification.Name) -> Publisher { fatalError() }
}

@MainActor @preconcurrency
public protocol UIViewRepresentable: View where Body == Never {
    associatedtype UIViewType: UIView
    associatedtype Coordinator = Void
    typealias Context = UIViewRepresentableContext<Self>
    func makeUIView(context: Context) -> UIViewType
    func updateUIView(_ uiView: UIViewType, context: Context)
    static func dismantleUIView(_ uiView: UIViewType, coordinator: Coordinator)
}
extension UIViewRepresentable {
    public var body: Never { fatalError() }
}
public struct UIViewRepresentableContext<R: UIViewRepresentable> {}
