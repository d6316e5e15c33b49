#!/usr/bin/env bash
# What is in the library that phones get, by crate: code and constants in kilobytes.
#
# Builds the UniFFI library as it ships but for its symbols, and adds up what they take. A generic
# function counts for the crate whose code it is, wherever it is used.
set -euo pipefail
cd "$(dirname "$0")/.."

# Named for its symbols; apart from them it is the same file.
CARGO_PROFILE_MOBILE_STRIP=none cargo rustc --quiet --profile mobile -p onecode-uniffi --lib \
    --no-default-features --crate-type cdylib -- -C linker-flavor=gcc -C linker="$PWD/bindings/link.sh"
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
library=$target/mobile/libonecode_uniffi.so
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -s -o "$stripped" "$library"

nm --print-size --size-sort --demangle --radix=d "$library" |
    awk '
        $3 ~ /^[tTrR]$/ {
            size = $2 + 0
            name = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", name)
            if (name ~ /ring_core_|ecp_nistz|^p256_|^LIMBS_|x25519_|^bn_/) crate = "ring"
            else if (name ~ /UNIFFI_META|uniffi_|ffi_onecode/) crate = "onecode_uniffi"
            else if (match(name, /[a-z][a-z0-9_]*::/)) crate = substr(name, RSTART, RLENGTH - 2)
            else crate = "(no name)"
            if (crate ~ /^(core|alloc|std|gimli|addr2line|rustc_demangle|miniz_oxide_std|hashbrown|object|__rustc|memchr|std_detect|compiler_builtins)$/) crate = "std and its parts"
            sum[crate] += size
        }
        END { for (crate in sum) printf "%8.1f kB  %s\n", sum[crate] / 1000, crate }' |
    sort -rn | awk '$1 >= 2'
size -A "$stripped" | awk '$2 > 20000 && $1 != "Total" { printf "%8.1f kB  section %s\n", $2 / 1000, $1 }'
printf '%8.1f kB  the stripped file\n' "$(($(stat -c %s "$stripped") / 1000))"
printf '%8.1f kB  the same by gzip -9\n' "$(($(gzip -9 -c "$stripped" | wc -c) / 1000))"
