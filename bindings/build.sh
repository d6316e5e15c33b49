#!/usr/bin/env bash
# Builds the native library for this machine, writes the binding for one language, and with --test
# runs that language's tests:
#
#     bash bindings/build.sh kotlin|swift|python [--test]
#     bash bindings/build.sh android|ios
#
# `android` and `ios` are Kotlin and Swift for phones. Their library is smaller, and they have nothing
# of what servers do (the feature `backend`): no `ChallengeKey`, `StatusIssuer` or `SignedDocument`.
# kotlin/android/check/run.sh and swift/check-apple.sh check them.
#
# What is generated is not committed. Two builds of one language wait for each other.
# The exit status is 69 where the tests cannot run because Maven finds neither its repository nor a
# network.
set -euo pipefail
cd "$(dirname "$0")/.."
source bindings/cargo.sh

usage() { echo "usage: bash bindings/build.sh kotlin|swift|python [--test], or android|ios" >&2; exit 2; }
language=${1-} test=${2-}
features=${ONECODE_FEATURES:+--features $ONECODE_FEATURES}
case $language$test in
    kotlin | swift | python | kotlin--test | swift--test | python--test) ;;
    android | ios) features="--no-default-features $features" ;;
    *) usage ;;
esac

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
# `swift` and `ios` write into one package. A script that calls this one may have them to itself already.
package=${language/ios/swift}
if [ "${ONECODE_ALONE-}" != "$package" ]; then
    alone 7 "bindings/.$package.lock"
    alone 8 "$target/bindings/$package.lock"
fi

# A copy of the library: another build, for another language or with other features, may replace
# what cargo has just made.
(
    alone 9 "$target/bindings/library.lock"
    # shellcheck disable=SC2086
    made=$(built "$library" build --release -p onecode-uniffi $features)
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

# The tests of clients talk to a service that runs.
service() { built onecode-service build -p onecode-service --bin onecode-service; }

case $language in
    kotlin | android)
        kotlin=bindings/kotlin
        if [ "$language" = android ]; then kotlin=bindings/kotlin/android; fi
        generated=$kotlin/src/generated
        rm -rf "$generated"
        generate kotlin "$generated/kotlin"
        bindgen tune-kotlin "$generated/kotlin/cn/onecode/onecode.kt"
        # Where JNA looks for it on the class path of this machine; Gradle builds those of Android.
        mkdir -p "$generated/resources/$platform"
        cp "$out/library/$library" "$generated/resources/$platform/"
        if [ -n "$test" ]; then
            python3 bindings/kotlin/snippets.py JVM
            maven -f bindings/kotlin/pom.xml verify "-Dservice=$(service)"
        fi
        ;;
    python)
        generate python "$out"
        bindgen tune-python "$out/onecode.py"
        replace "$out/library/$library" "$out/$library"
        if [ -n "$test" ]; then PYTHONPATH=$out python3 uniffi/tests/python/test_onecode.py; fi
        ;;
    swift | ios)
        generate swift "$out"
        mkdir -p bindings/swift/Sources/OneCode/Generated
        replace "$out/OneCode.swift" bindings/swift/Sources/OneCode/Generated/OneCode.swift
        replace "$out/OneCodeFFI.h" bindings/swift/Sources/OneCodeFFI/OneCodeFFI.h
        # Alone in a folder: where the shared one is as well, a linker takes that.
        ln -f "$out/library/libonecode_uniffi.a" "$out/"
        # Swift's build does not look at it: what was linked before it was made is linked anew.
        find "$target/$language/" "$target/$language-measure/" -type f ! -newer "$out/libonecode_uniffi.a" \
            \( -name '*.xctest' -o -name Measure \) -delete 2>/dev/null || true
        if [ -n "$test" ]; then
            service=$(service)
            cd bindings/swift
            ./toolchain.sh run env "ONECODE_SERVICE=$service" swift test --disable-swift-testing --scratch-path "$target/swift" \
                -Xswiftc -warnings-as-errors -Xlinker "-L$out"
        fi
        ;;
esac
