# Sourced by the scripts that use what cargo builds: where it lies, and one process at a time.
# shellcheck shell=bash

# The folder that cargo builds in: `target` of the checkout, or what CARGO_TARGET_DIR or a config
# of cargo names.
target_folder() {
    cargo metadata --format-version 1 --no-deps |
        grep -oE '"target_directory":"([^"\\]|\\.)*"' | sed -E 's/^"target_directory":"//; s/"$//; s/\\(.)/\1/g'
}

# Builds, and prints the path of one file that was made: `built libonecode_uniffi.so rustc …`.
built() {
    cargo "${@:2}" --quiet --message-format=json-render-diagnostics |
        grep '"reason":"compiler-artifact"' | grep -oE '"([^"\\]|\\.)*"' | grep -F "/$1\"" |
        tail -n 1 | sed -E 's/^"//; s/"$//; s/\\(.)/\1/g'
}

# Waits until no other process holds FILE, then holds it until this process and all that it started
# have ended: `alone 9 FILE`, with a file descriptor that nothing else uses.
alone() {
    mkdir -p "$(dirname "$2")"
    eval "exec $1>>\"\$2\""
    if command -v flock >/dev/null; then
        flock "$1"
    else
        # macOS. The lock belongs to the open file, which perl shares with this shell.
        perl -e 'use Fcntl ":flock"; open my $f, ">>&=", $ARGV[0] or die $!; flock $f, LOCK_EX or die $!' "$1"
    fi
}

# Copies a file whole, so that nobody meets half of it. A copy that is the same already keeps its
# time: nothing that was made of it is made again.
replace() {
    local partial
    if cmp -s "$1" "$2"; then return; fi
    partial=$(mktemp "$2.XXXXXX")
    cp "$1" "$partial"
    chmod 644 "$partial"
    mv -f "$partial" "$2"
}
