#!/usr/bin/env bash
# The Debian packages of the gate and of the service:
#   DEB_MAINTAINER='NAME <ADDRESS>' deploy/debian/build.sh BINARIES OUT
# BINARIES is where `cargo build --release -p onecode-cli -p onecode-service` has put the programs.
# Built twice from the same, a package is the same, byte for byte.
# Needs dpkg-dev and binutils. DEB_MAINTAINER is who vouches for the packages and is asked about them:
# whoever builds them, so there is no default.
set -euo pipefail
if [[ ! ${DEB_MAINTAINER-} =~ ^[^\<\>]+\ \<[^\<\>\ ]+@[^\<\>\ ]+\>$ ]]; then
    echo "DEB_MAINTAINER='NAME <ADDRESS>' says who vouches for the packages" >&2
    exit 2
fi
binaries=$(realpath "$1") out=$(realpath -m "$2")
cd "$(dirname "$0")/../.."
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
architecture=$(dpkg --print-architecture)
maintainer=$DEB_MAINTAINER
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
umask 022
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# put FROM TO [MODE]: a file, in the package that is being made.
put() { install -D -m "${3-644}" "$1" "$root/$2"; }

# Everything that packages have in common: units, users, scripts, and their control file.
finish() {
    local name=$1 from=deploy/debian/$1 doc=usr/share/doc/$1 program=$2
    put "$from/sysusers" "usr/lib/sysusers.d/$name.conf"
    put deploy/debian/copyright "$doc/copyright"
    printf '%s (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md of the project.\n\n -- %s  %s\n' \
        "$name" "$version" "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" |
        gzip -9n >"$root/$doc/changelog.gz"
    strip --strip-unneeded "$root/usr/bin/$program"
    # Which libraries, and which versions of them, the program asks for.
    mkdir -p "$work/debian"
    printf 'Source: onecode\nMaintainer: %s\n\nPackage: %s\nArchitecture: any\n' "$maintainer" "$name" \
        >"$work/debian/control"
    local libraries
    libraries=$(cd "$work" && dpkg-shlibdeps -O -e"$root/usr/bin/$program" | sed -n 's/^shlibs:Depends=//p')
    mkdir -p "$root/DEBIAN"
    {
        printf 'Package: %s\nSource: onecode\nVersion: %s\nArchitecture: %s\nMaintainer: %s\n' \
            "$name" "$version" "$architecture" "$maintainer"
        printf 'Priority: optional\nInstalled-Size: %s\n' "$(du -sk --apparent-size "$root" | cut -f1)"
        sed "s/\${shlibs:Depends}/$libraries/" "$from/control"
    } >"$root/DEBIAN/control"
    install -m 644 "$from/conffiles" "$root/DEBIAN/"
    install -m 755 "$from/postinst" "$from/prerm" "$from/postrm" "$root/DEBIAN/"
    (cd "$root" && find usr etc -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz -b "$root" "$out/${name}_${version}_$architecture.deb" >/dev/null
    echo "$out/${name}_${version}_$architecture.deb"
}

root=$work/gate examples=usr/share/doc/onecode-gate/examples
put "$binaries/onecode" usr/bin/onecode 755
put deploy/systemd/onecode-gate@.service usr/lib/systemd/system/onecode-gate@.service
put deploy/systemd/journald@onecode-gate.conf usr/lib/systemd/journald@onecode-gate.conf.d/onecode-gate.conf
put deploy/debian/onecode-gate/example.conf etc/onecode/gates/example.conf
put README.md usr/share/doc/onecode-gate/README.md
put deploy/systemd/receipts.conf "$examples/receipts.conf"
put deploy/systemd/venue.conf "$examples/venue.conf"
put deploy/udev/60-onecode-reader.rules "$examples/60-onecode-reader.rules"
put deploy/prometheus/onecode.rules.yml "$examples/onecode.rules.yml"
put deploy/grafana/onecode.json "$examples/onecode.json"
mkdir -p "$root/usr/share/bash-completion/completions"
"$binaries/onecode" completions bash >"$root/usr/share/bash-completion/completions/onecode"
finish onecode-gate onecode

root=$work/service examples=usr/share/doc/onecode-service/examples
put "$binaries/onecode-service" usr/bin/onecode-service 755
put deploy/systemd/onecode-service.service usr/lib/systemd/system/onecode-service.service
put service/roots/google.json etc/onecode/attestation/google.json
put service/roots/apple-app-attest.pem etc/onecode/attestation/apple-app-attest.pem
put docs/SERVICE.md usr/share/doc/onecode-service/SERVICE.md
put service/openapi.json usr/share/doc/onecode-service/openapi.json
put deploy/debian/onecode-service/service.toml "$examples/service.toml"
put deploy/prometheus/onecode.rules.yml "$examples/onecode.rules.yml"
put deploy/grafana/onecode.json "$examples/onecode.json"
finish onecode-service onecode-service
