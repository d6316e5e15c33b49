#!/usr/bin/env bash
# A Swift toolchain wherever the package is built: `swift` on the PATH where there is one, else, on
# Debian, the `swiftlang` of a Debian trixie root that is kept outside the checkout between runs.
#
#   toolchain.sh install     provides one, if there is none yet (root on Debian; 3 minutes, 2.7 GB)
#   toolchain.sh find        succeeds where `run` would find one
#   toolchain.sh run ...     runs a command with it, in this directory: toolchain.sh run swift test
#
# ONECODE_TOOLS is where the root is kept; ~/.cache/onecode-tools by default.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=$checkout
tools=${ONECODE_TOOLS:-$HOME/.cache/onecode-tools}
root=$tools/swift-trixie
source "$checkout/bindings/cargo.sh"

fail() {
    echo "toolchain.sh: $*" >&2
    exit 1
}

have_own() { command -v swift >/dev/null; }
have_root() { [ -d "$root" ] && [ "$(id -u)" = 0 ]; }

# Runs a command in a root, in this directory. Mounts made in a private namespace end with the
# process, however it ends: nothing is left mounted. The checkout and the folder that cargo builds
# in lie where they lie outside, so paths mean the same.
enter() {
    # shellcheck disable=SC2016
    exec unshare --mount --propagation private -- bash -euo pipefail -c '
        root=$1
        for folder in "$2" "$3"; do
            mkdir -p "$root$folder"
            mount --rbind "$folder" "$root$folder"
        done
        mount --rbind /proc "$root/proc"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" env --chdir="$PWD" "${@:4}"
    ' enter "$1" "$checkout" "$target" -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "${@:2}"
}

# A whole root, or none: it is made aside and renamed when `swift` has run in it. A second process
# waits for the first; what an earlier attempt left unfinished goes.
install() {
    if have_own || have_root; then return; fi
    command -v apt-get >/dev/null || fail "no swift on the PATH, and this is no Debian"
    [ "$(id -u)" = 0 ] || fail "no swift on the PATH; providing one needs root"
    mkdir -p "$tools"
    exec 9>"$root.lock"
    flock 9
    if have_root; then return; fi
    rm -rf --one-file-system "$root.partial"
    (make_root "$root.partial") >"$root.log" 2>&1 || {
        tail -n 30 "$root.log" >&2
        fail "no Swift toolchain could be made; all of it is in $root.log"
    }
    mv "$root.partial" "$root"
}

make_root() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends debootstrap
    # The mirror that this machine is set up to use, and how it is reached.
    local mirror proxy
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 !~ /security/ && !found { print $2; found = 1 }')
    [ -n "$mirror" ] || fail "no Debian mirror in the configuration of apt"
    proxy=$(apt-config dump Acquire::http::Proxy --format '%v')
    export http_proxy=${proxy:-${http_proxy:-}}
    unshare --mount --propagation private -- \
        debootstrap --variant=minbase trixie "$1" "$mirror" || return
    apt-config dump | grep -i '^Acquire::https\?::' >"$1/etc/apt/apt.conf.d/90machine" || true
    cd /
    enter "$1" DEBIAN_FRONTEND=noninteractive http_proxy="$http_proxy" sh -euc '
        apt-get install -y -qq --no-install-recommends \
            swiftlang libc6-dev libstdc++-14-dev gcc git ca-certificates libcurl4
        apt-get clean
        swift --version'
}

case ${1:-} in
    install) install ;;
    find) have_own || have_root ;;
    run)
        shift
        if have_own; then exec "$@"; fi
        have_root || fail "no swift; see: toolchain.sh install"
        target=$(cd "$checkout" && target_folder)
        mkdir -p "$target"
        enter "$root" "$@"
        ;;
    *) fail "install, find or run" ;;
esac
