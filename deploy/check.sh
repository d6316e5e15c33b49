#!/usr/bin/env bash
# Units and packages, tried in a clean Debian, with the README's walk.
#   deploy/check.sh BINARIES
# BINARIES is where `cargo build --release -p onecode-cli -p onecode-service` has put the programs.
# As root, on Debian; needs systemd, dpkg-dev, lintian and mmdebstrap. Rules are tested by
# cli/tests/control_room.rs.
set -euo pipefail
cd "$(dirname "$0")/.."
binaries=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
part() { printf -- '-- %s (%s s)\n' "$*" "$SECONDS"; }

part "units: hardened"
for unit in onecode-gate@.service onecode-service.service; do
    # Ten times the exposure, as whole numbers go: 2.0 at most.
    systemd-analyze security --offline=true --threshold=20 --no-pager "deploy/systemd/$unit" | tail -n 1
done

part "packages: only by somebody, and made twice, byte for byte the same"
for nobody in '' 'packages@example.invalid' 'Nobody <packages>'; do
    if DEB_MAINTAINER=$nobody bash deploy/debian/build.sh "$binaries" "$work/once" 2>/dev/null; then
        echo "packages are made for '$nobody'" >&2
        exit 1
    fi
done
# These packages go to nobody; RFC 2606 keeps the name free.
export DEB_MAINTAINER='a trial <trial@example.invalid>'
bash deploy/debian/build.sh "$binaries" "$work/once" 2>/dev/null
bash deploy/debian/build.sh "$binaries" "$work/again" >/dev/null 2>&1
diff -r "$work/once" "$work/again"
lintian --fail-on error --allow-root --suppress-tags bogus-mail-host "$work"/once/*.deb

part "a clean Debian"
root=$work/root
bash deploy/clean-root.sh make "$root"
cp "$work"/once/*.deb "$root/srv/"
sed -n '/^<!-- walk of a gate on a Linux box -->$/,/^<!-- end of the walk of a gate on a Linux box -->$/p' README.md |
    grep -v '^<!--\|^```' >"$root/srv/walk.sh"
cp deploy/debian/check-inside.sh "$root/srv/"
cp deploy/udev/60-onecode-reader.rules "$root/srv/"

part "inside: the README's walk, removal, the service"
timeout -k 5 240 bash deploy/clean-root.sh run "$root" bash -eu -o pipefail check-inside.sh
part "all of it holds"
