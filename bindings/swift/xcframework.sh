#!/usr/bin/env bash
# Makes OneCodeFFI.xcframework and the generated sources: after it, this folder is a whole Swift
# package for iOS 15 and macOS 12. Needs macOS with Xcode, and Rust by rustup.
#
#     bash bindings/swift/xcframework.sh
#
# The headers lie in Headers/OneCodeFFI/: directly in Headers/, the module map of this framework
# would collide with that of any other.
set -euo pipefail
cd "$(dirname "$0")/../.."
source bindings/cargo.sh

[ "$(uname -s)" = Darwin ] || {
    echo "xcframework.sh: needs macOS with Xcode" >&2
    exit 1
}

package=bindings/swift
cargo_target=$(target_folder)
work=$cargo_target/xcframework
library=libonecode_uniffi.a
targets=(
    aarch64-apple-ios
    aarch64-apple-ios-sim x86_64-apple-ios
    aarch64-apple-darwin x86_64-apple-darwin
)

# The binding is generated from a library for this machine, in a profile that keeps symbols. Neither
# it nor the libraries have the part of servers.
bash bindings/build.sh ios

rustup target add "${targets[@]}"
export IPHONEOS_DEPLOYMENT_TARGET=15.0 MACOSX_DEPLOYMENT_TARGET=12.0
for target in "${targets[@]}"; do
    cargo rustc -p onecode-uniffi --lib --crate-type staticlib --profile mobile --no-default-features --target "$target"
done

rm -rf "$work" "$package/OneCodeFFI.xcframework"
mkdir -p "$work/headers/OneCodeFFI" "$work/ios-simulator" "$work/macos"
cp "$cargo_target/bindings/ios/OneCodeFFI.h" "$work/headers/OneCodeFFI/"
cp "$cargo_target/bindings/ios/OneCodeFFI.modulemap" "$work/headers/OneCodeFFI/module.modulemap"

# One library for each platform: two architectures of one platform are joined, two platforms are
# kept apart.
lipo -create -output "$work/ios-simulator/$library" \
    "$cargo_target/aarch64-apple-ios-sim/mobile/$library" "$cargo_target/x86_64-apple-ios/mobile/$library"
lipo -create -output "$work/macos/$library" \
    "$cargo_target/aarch64-apple-darwin/mobile/$library" "$cargo_target/x86_64-apple-darwin/mobile/$library"

xcodebuild -create-xcframework \
    -library "$cargo_target/aarch64-apple-ios/mobile/$library" -headers "$work/headers" \
    -library "$work/ios-simulator/$library" -headers "$work/headers" \
    -library "$work/macos/$library" -headers "$work/headers" \
    -output "$package/OneCodeFFI.xcframework"
du -sh "$package/OneCodeFFI.xcframework"
