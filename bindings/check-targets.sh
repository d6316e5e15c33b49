#!/usr/bin/env bash
# Type-checks the library for phones, and the core for the browser, on a machine that has none of
# their SDKs: `rustup` brings the standard library, `ziglang` (PyPI) the C compiler that `ring`
# needs. Nothing is linked for them. Then the vectors are run with 32-bit code, which many gates
# have: an x86-64 machine runs it as it is. What cannot be had is SKIPPED, with why.
#
#     bash bindings/check-targets.sh PYTHON     # a Python that has the module ziglang
set -euo pipefail
cd "$(dirname "$0")/.."
source bindings/cargo.sh

python=${1:?"usage: bash bindings/check-targets.sh PYTHON"}
tools=$(target_folder)/zig
mkdir -p "$tools"

# A C compiler for one target. zig has headers of musl and macOS, not of Android and iOS; what `ring`
# wants of them is the same.
compiler() {
    cat >"$tools/cc.$$" <<END
#!/usr/bin/env bash
arguments=()
while [ \$# -gt 0 ]; do
    case \$1 in
        --target=* | -m32 | -mios-version-min=* | -miphoneos-version-min=*) ;;
        -isysroot | -arch) shift ;;
        *) arguments+=("\$1") ;;
    esac
    shift
done
exec "$python" -m ziglang cc -target $2 -fno-sanitize=all "\${arguments[@]}"
END
    chmod +x "$tools/cc.$$"
    mv -f "$tools/cc.$$" "$tools/cc-$1"
}

# Runs a cargo command for one target, if what it takes is there.
with_target() {
    local target=$1 zig=$2 variable=CC_${1//-/_}
    shift 2
    if ! rustup target add "$target" >/dev/null 2>&1; then
        echo "SKIPPED: $target: rustup cannot add it here"
    elif ! "$python" -m ziglang version >/dev/null 2>&1; then
        echo "SKIPPED: $target: no ziglang for the C in ring"
    else
        compiler "$target" "$zig"
        env "$variable=$tools/cc-$target" SDKROOT="$tools" "$@" --target "$target"
        echo "$target: ${*: -1}: holds"
    fi
}

check() { with_target "$1" "$2" cargo check --quiet --lib "${@:4}" -p "$3"; }

check aarch64-linux-android aarch64-linux-musl onecode-uniffi --no-default-features
check aarch64-apple-ios aarch64-macos onecode-uniffi --no-default-features
check wasm32-unknown-unknown wasm32-freestanding onecode

# rustup's musl and linker need nothing of the machine.
if [ "$(uname -sm)" = "Linux x86_64" ]; then
    CARGO_TARGET_I686_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
        with_target i686-unknown-linux-musl x86-linux-musl \
        cargo test --quiet --release -p onecode --test vectors
else
    echo "SKIPPED: 32-bit code: this machine cannot run it"
fi
