// swift-tools-version: 6.0
// The Swift package: the generated binding and what is written by hand on top, in one module.
// `../build.sh` writes the generated files and the native library; see docs/INTEGRATION.md.

import Foundation
import PackageDescription

// Apps link the XCFramework that xcframework.sh makes. Where there is none, on Linux for instance,
// the static library of cargo is linked, by the module map; `../build.sh` says where it is.
let framework = "OneCodeFFI.xcframework"
let hasFramework = FileManager.default.fileExists(
    atPath: "\(Context.packageDirectory)/\(framework)")
let native: Target =
    hasFramework
    ? .binaryTarget(name: "OneCodeFFI", path: framework) : .systemLibrary(name: "OneCodeFFI")

// The binding for phones has nothing of what servers do (`../build.sh ios`), and most tests make a
// region to test in. It is held to the vectors alone.
let forPhones = hasFramework || Context.environment["ONECODE_PHONE"] == "1"
let tests: Target = .testTarget(
    name: "OneCodeTests", dependencies: ["OneCode"],
    path: forPhones ? "Tests/OneCodeTests/Vectors" : "Tests/OneCodeTests",
    swiftSettings: forPhones ? [.define("PHONE")] : [])

// What a call costs, against a library that was built to be measured; see Measure/main.swift.
let measure: [Target] =
    Context.environment["ONECODE_FEATURES"] == "measure"
    ? [.executableTarget(name: "Measure", dependencies: ["OneCode"], path: "Measure")] : []

let package = Package(
    name: "OneCode",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "OneCode", targets: ["OneCode"])],
    targets: [
        native,
        .target(name: "OneCode", dependencies: ["OneCodeFFI"]),
        tests,
    ] + measure,
    swiftLanguageModes: [.v6]
)
