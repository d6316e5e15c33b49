#!/usr/bin/env bash
# Builds the native library for this machine, writes the binding for one language, and with --test
# runs that language's tests:
#
#     bash bindings/build.sh kotlin|swift|python [--test]
#
# The library is target/release/libonecode_uniffi.*. What is generated is not committed.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { echo "usage: bash bindings/build.sh kotlin|swift|python [--test]" >&2; exit 2; }
language=${1-} test=${2-}
case $language in kotlin | swift | python) ;; *) usage ;; esac
case $test in '' | --test) ;; *) usage ;; esac

case $(uname -m) in
    arm64 | aarch64) machine=aarch64 ;;
    *) machine=x86-64 ;;
esac
case $(uname -s) in
    Darwin) library=libonecode_uniffi.dylib platform=darwin-$machine ;;
    *) library=libonecode_uniffi.so platform=linux-$machine ;;
esac

# shellcheck disable=SC2086
cargo build --quiet --release -p onecode-uniffi ${ONECODE_FEATURES:+--features $ONECODE_FEATURES}

# The generator is a program of its own, in the dev profile: building it with optimisation takes
# longer than anything it does.
bindgen() { cargo run --quiet -p onecode-uniffi --features bindgen --bin uniffi-bindgen -- "$@"; }
generate() {
    bindgen generate "target/release/$library" --language "$1" --out-dir "$2" --no-format
}

case $language in
    kotlin)
        generated=bindings/kotlin/src/generated
        rm -rf "$generated"
        generate kotlin "$generated/kotlin"
        bindgen tune-kotlin "$generated/kotlin/cn/onecode/onecode.kt"
        # Where JNA looks for it on the class path.
        mkdir -p "$generated/resources/$platform"
        cp "target/release/$library" "$generated/resources/$platform/"
        if [ -n "$test" ]; then mvn -B -q -Dstyle.color=never -f bindings/kotlin/pom.xml verify; fi
        ;;
    python)
        generated=target/bindings/python
        generate python "$generated"
        cp "target/release/$library" "$generated/"
        if [ -n "$test" ]; then PYTHONPATH=$generated python3 uniffi/tests/python/test_onecode.py; fi
        ;;
    swift)
        out=target/bindings/swift
        generate swift "$out"
        mkdir -p bindings/swift/Sources/OneCode/Generated
        # Where nothing has changed the file keeps its time, and nothing is compiled again.
        renew() { cmp -s "$1" "$2" || cp "$1" "$2"; }
        renew "$out/OneCode.swift" bindings/swift/Sources/OneCode/Generated/OneCode.swift
        renew "$out/OneCodeFFI.h" bindings/swift/Sources/OneCodeFFI/OneCodeFFI.h
        # Alone in a folder: where the shared one is as well, a linker takes that.
        ln -f target/release/libonecode_uniffi.a "$out/"
        # Swift's build does not look at it: what was linked before it was made is linked anew.
        find target/swift/ target/swift-measure/ -type f ! -newer "$out/libonecode_uniffi.a" \
            \( -name '*.xctest' -o -name Measure \) -delete 2>/dev/null || true
        if [ -n "$test" ]; then
            root=$PWD
            bash bindings/swift/check-apple.sh
            cd bindings/swift
            ./toolchain.sh run swift test --disable-swift-testing --scratch-path "$root/target/swift" \
                -Xswiftc -warnings-as-errors -Xlinker "-L$root/$out"
        fi
        ;;
esac
