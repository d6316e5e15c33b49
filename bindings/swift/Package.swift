// swift-tools-version: 6.0
// The Swift package: the generated binding and what is written by hand on top, in one module.
// `../build.sh` writes the generated files and the native library; see docs/INTEGRATION.md.

import Foundation
import PackageDescription

// Apps link the XCFramework that xcframework.sh makes. Where there is none, on Linux for instance,
// the static library of cargo is linked, by the module map; `../build.sh` says where it is.
let framework = "OneCodeFFI.xcframework"
let native: Target =
    FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(framework)")
    ? .binaryTarget(name: "OneCodeFFI", path: framework)
    : .systemLibrary(name: "OneCodeFFI")

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
        .testTarget(name: "OneCodeTests", dependencies: ["OneCode"]),
    ] + measure,
    swiftLanguageModes: [.v6]
)
