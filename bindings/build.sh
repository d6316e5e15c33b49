#!/usr/bin/env bash
# Builds the native library for this machine, writes the binding for one language, and with --test
# runs that language's tests:
#
#     bash bindings/build.sh kotlin|swift|python [--test]
#
# What is generated is not committed. Two builds of one language wait for each other.
# The exit status is 69 where the tests cannot run because Maven finds neither its repository nor a
# network.
set -euo pipefail
cd "$(dirname "$0")/.."
source bindings/cargo.sh

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

target=$(target_folder)
out=$target/bindings/$language
mkdir -p "$out/library"
# Some of it lies in the checkout and some in the target folder, which several checkouts may share.
# A script that calls this one may have them to itself already.
if [ "${ONECODE_ALONE-}" != "$language" ]; then
    alone 7 "bindings/.$language.lock"
    alone 8 "$out.lock"
fi

# A copy of the library: another build, for another language or with other features, may replace
# what cargo has just made.
(
    alone 9 "$target/bindings/library.lock"
    # shellcheck disable=SC2086
    made=$(built "$library" build --release -p onecode-uniffi ${ONECODE_FEATURES:+--features $ONECODE_FEATURES})
    replace "$made" "$out/library/$library"
    replace "$(dirname "$made")/libonecode_uniffi.a" "$out/library/libonecode_uniffi.a"
)

# The generator is a program of its own, in the dev profile: building it with optimisation takes
# longer than anything it does.
bindgen() { cargo run --quiet -p onecode-uniffi --features bindgen --bin uniffi-bindgen -- "$@"; }
generate() {
    bindgen generate "$out/library/$library" --language "$1" --out-dir "$2" --no-format
}

# What Maven says where nothing can be fetched. An artifact that does not exist is another matter:
# "Could not find artifact".
unreached='\[ERROR\] (Plugin|Failed to execute goal) .*(Could not transfer artifact|failed to transfer from|Cannot access .* in offline mode)'
maven() {
    local log=$out/maven.log status=0
    mvn -B -q -Dstyle.color=never "$@" >"$log" || status=$?
    cat "$log"
    if [ $status != 0 ] && grep -Eq "$unreached" "$log"; then exit 69; fi
    return $status
}

case $language in
    kotlin)
        generated=bindings/kotlin/src/generated
        rm -rf "$generated"
        generate kotlin "$generated/kotlin"
        bindgen tune-kotlin "$generated/kotlin/cn/onecode/onecode.kt"
        # Where JNA looks for it on the class path.
        mkdir -p "$generated/resources/$platform"
        cp "$out/library/$library" "$generated/resources/$platform/"
        if [ -n "$test" ]; then maven -f bindings/kotlin/pom.xml verify; fi
        ;;
    python)
        generate python "$out"
        bindgen tune-python "$out/onecode.py"
        replace "$out/library/$library" "$out/$library"
        if [ -n "$test" ]; then PYTHONPATH=$out python3 uniffi/tests/python/test_onecode.py; fi
        ;;
    swift)
        generate swift "$out"
        mkdir -p bindings/swift/Sources/OneCode/Generated
        replace "$out/OneCode.swift" bindings/swift/Sources/OneCode/Generated/OneCode.swift
        replace "$out/OneCodeFFI.h" bindings/swift/Sources/OneCodeFFI/OneCodeFFI.h
        # Alone in a folder: where the shared one is as well, a linker takes that.
        ln -f "$out/library/libonecode_uniffi.a" "$out/"
        # Swift's build does not look at it: what was linked before it was made is linked anew.
        find "$target/swift/" "$target/swift-measure/" -type f ! -newer "$out/libonecode_uniffi.a" \
            \( -name '*.xctest' -o -name Measure \) -delete 2>/dev/null || true
        if [ -n "$test" ]; then
            bash bindings/swift/check-apple.sh
            cd bindings/swift
            ./toolchain.sh run swift test --disable-swift-testing --scratch-path "$target/swift" \
                -Xswiftc -warnings-as-errors -Xlinker "-L$out"
        fi
        ;;
esac
