#!/usr/bin/env bash
# How many instructions a code and a scan take: on x86-64 counted by valgrind, on 64-bit ARM by
# emulation. Instructions are not time: no phone is measured here.
#
# Needs valgrind; for ARM also qemu-user, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and
# `rustup target add aarch64-unknown-linux-gnu`. Run in the project's folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
times=100
work=target/instructions
mkdir -p "$work"

cargo build --quiet --release --example instructions
x86=target/release/examples/instructions
arm=
if command -v qemu-aarch64 aarch64-linux-gnu-gcc >/dev/null; then
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    cargo build --quiet --release --example instructions --target aarch64-unknown-linux-gnu
    arm=target/aarch64-unknown-linux-gnu/release/examples/instructions
    cc -O2 -shared -fPIC -o "$work/insn_count.so" docs/measure/insn_count.c
fi

# Preparation takes a random number of instructions, so the work is compared with a run that
# does it not at all, three times, and the middle one counts.
count_x86() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$x86" "$@" 2>&1 |
        sed -n 's/.*Collected : //p'
}
count_arm() {
    qemu-aarch64 -L /usr/aarch64-linux-gnu -plugin "$work/insn_count.so" -d plugin \
        -D "$work/count.txt" "$arm" "$@"
    cat "$work/count.txt"
}
each() {
    local counter=$1 what=$2
    for _ in 1 2 3; do
        echo $((($("$counter" "$what" $times) - $("$counter" "$what" 0)) / times))
    done | sort -n | sed -n 2p
}

thousands() { sed ':a; s/\B[0-9]\{3\}\>/,&/; ta'; }

printf '| operation | x86-64 | aarch64 |\n| --- | ---: | ---: |\n'
while read -r what name; do
    on_x86=$(each count_x86 "$what" | thousands)
    on_arm=${arm:+$(each count_arm "$what" | thousands)}
    printf '| %s | %s | %s |\n' "$name" "$on_x86" "$on_arm"
done <<'ROWS'
sign a bare P-256 signature
make make a code
draw draw its QR modules, version 11
verify a bare P-256 verification
new scan, card never seen
known scan, card seen before
early refuse a code of an hour ago
ROWS
