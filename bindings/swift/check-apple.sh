#!/usr/bin/env bash
# Checks the types of the files that only Apple's platforms compile, against the declarations in
# AppleDeclarations/: the package's own, and those of the sample app and of the guide. After `../build.sh swift`.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
source "$root/bindings/cargo.sh"
out=$(target_folder)/swift-apple
mkdir -p "$out"

swiftc=(./toolchain.sh run swiftc -swift-version 6 -I "$out" -Xcc "-fmodule-map-file=$PWD/Sources/OneCodeFFI/module.modulemap")
for module in Security LocalAuthentication UIKit AVFoundation SwiftUI; do
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
