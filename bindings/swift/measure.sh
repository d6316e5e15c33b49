#!/usr/bin/env bash
# What a scan and a code cost through Swift, against the same in Rust in the same run.
set -euo pipefail
cd "$(dirname "$0")/../.."
source bindings/cargo.sh
root=$PWD
target=$(target_folder)
alone 7 bindings/.swift.lock
alone 8 "$target/bindings/swift.lock"
export ONECODE_ALONE=swift

export ONECODE_FEATURES=measure
bash bindings/build.sh swift
cd bindings/swift
./toolchain.sh run env ONECODE_FEATURES=$ONECODE_FEATURES \
    swift run -c release --scratch-path "$target/swift-measure" \
    -Xlinker "-L$target/bindings/swift" Measure
# The binding as it ships again.
unset ONECODE_FEATURES
bash "$root/bindings/build.sh" swift
