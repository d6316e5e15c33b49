#!/usr/bin/env bash
# Builds the native library for this machine and writes the binding for one language:
#
#     bash bindings/build.sh kotlin|swift|python [--test]
#
# With --test it runs that language's tests as well. The library is target/release/.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { echo "usage: bash bindings/build.sh kotlin|swift|python [--test]" >&2; exit 2; }
language=${1-}
case $language in kotlin | swift | python) ;; *) usage ;; esac
case ${2-} in '' | --test) ;; *) usage ;; esac

case $(uname -s) in
    Darwin) library=libonecode_uniffi.dylib ;;
    *) library=libonecode_uniffi.so ;;
esac

cargo build --quiet --release -p onecode-uniffi

# The generator is a program of its own, in the dev profile: building it with optimisation takes
# longer than anything it does.
generate() {
    cargo run --quiet -p onecode-uniffi --features bindgen --bin uniffi-bindgen -- \
        generate "target/release/$library" --language "$1" --out-dir "$2" --no-format
}

case $language in
    kotlin)
        generate kotlin bindings/kotlin/src/generated/kotlin
        ;;
    python)
        generate python target/bindings/python
        ;;
    swift)
        generate swift target/bindings/swift
        ;;
esac
