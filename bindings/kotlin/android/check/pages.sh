#!/usr/bin/env bash
# Shows that .cargo/config.toml makes libraries for 16 KB pages on each ABI of Android: links a
# library of a few lines with Rust's own linker. Without an NDK there is no C library to link, so
# what is missing stays missing; where segments lie does not depend on it.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
source bindings/cargo.sh

targets=(aarch64-linux-android armv7-linux-androideabi i686-linux-android x86_64-linux-android)
if ! rustup target add "${targets[@]}" >/dev/null 2>&1; then
    echo "SKIPPED: rustup cannot add Android's targets"
    exit
fi

work=$(mktemp -d "$(target_folder)/pages.XXXXXX")
trap 'rm -rf "$work"' EXIT
config=$PWD/.cargo/config.toml
mkdir -p "$work/src"
printf '[package]\nname = "pages"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n[workspace]\n' \
    >"$work/Cargo.toml"
echo '#[no_mangle] pub extern "C" fn pages(n: u32) -> *mut String { Box::into_raw(Box::new(format!("{n}"))) }' \
    >"$work/src/lib.rs"

# Takes what rustc says to a C compiler over to the linker.
cat >"$work/cc" <<'CC'
#!/usr/bin/env bash
arguments=()
for argument in "$@"; do
    case $argument in
        -Wl,*) IFS=, read -ra words <<<"${argument#-Wl,}"; arguments+=("${words[@]}") ;;
        -l* | -m32 | -m64 | -march=* | -nodefaultlibs | --target=*) ;;
        *) arguments+=("$argument") ;;
    esac
done
linker=$(find "$(rustc --print sysroot)" -name rust-lld -print -quit)
exec "$linker" -flavor gnu --unresolved-symbols=ignore-all "${arguments[@]}"
CC
chmod +x "$work/cc"

for target in "${targets[@]}"; do
    variable=${target//-/_}
    export "CARGO_TARGET_${variable^^}_LINKER=$work/cc"
    # The folder lies anywhere, so cargo has to be told of the file.
    (cd "$work" && CARGO_TARGET_DIR=$work cargo build --quiet --config "$config" --target "$target")
    python3 bindings/kotlin/android/check_pages.py "$work/$target/debug/libpages.so"
done
