#!/usr/bin/env bash
# What can be checked of the package for iOS without a Mac, with the binding for phones: the types of
# the files that only Apple's platforms compile, against the declarations in AppleDeclarations/ (the
# package's own, those of the sample app and of the guide); and the vectors.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
source "$root/bindings/cargo.sh"
target=$(target_folder)
alone 7 "$root/bindings/.swift.lock"
alone 8 "$target/bindings/swift.lock"
export ONECODE_ALONE=swift

bash "$root/bindings/build.sh" ios
out=$target/swift-apple
mkdir -p "$out"

swiftc=(./toolchain.sh run swiftc -swift-version 6 -I "$out" -Xcc "-fmodule-map-file=$PWD/Sources/OneCodeFFI/module.modulemap")
for module in Security LocalAuthentication DeviceCheck UIKit AVFoundation SwiftUI; do
    "${swiftc[@]}" -parse-as-library -emit-module -module-name "$module" \
        -o "$out/$module.swiftmodule" "AppleDeclarations/$module.swift"
done
strict=("${swiftc[@]}" -warnings-as-errors -D ONECODE_DECLARATIONS -parse-as-library)
mapfile -t sources < <(find Sources/OneCode -name '*.swift' | sort)
"${strict[@]}" -emit-module -module-name OneCode -o "$out/OneCode.swiftmodule" "${sources[@]}"
"${strict[@]}" -typecheck -module-name Sample "$root"/examples/ios/*.swift
# The blocks of the guide, a file each.
rm -rf "$out/guide"
mkdir "$out/guide"
awk -v out="$out/guide" '/^```swift$/ { file = out "/" ++n ".swift"; next } /^```$/ { file = "" }
    file { print > file }' "$root/docs/INTEGRATION.md"
"${strict[@]}" -typecheck -module-name Guide "$out"/guide/*.swift
echo "Swift: the files for Apple's platforms agree with the declarations"

./toolchain.sh run env ONECODE_PHONE=1 swift test --disable-swift-testing --scratch-path "$target/ios" \
    -Xswiftc -warnings-as-errors -Xlinker "-L$target/bindings/ios"
