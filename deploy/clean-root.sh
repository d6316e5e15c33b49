#!/usr/bin/env bash
# A clean Debian with systemd as its first process, in namespaces of its own: where packages are tried.
#   deploy/clean-root.sh make ROOT            a new one, of the release that runs here
#   deploy/clean-root.sh run ROOT COMMAND...  starts it, runs the command in it, ends it
# It has no network but a loopback, and changes nothing outside ROOT. As root; needs mmdebstrap.
set -euo pipefail

make_root() {
    local root=$1 release
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    rm -rf "$root"
    mmdebstrap --quiet --variant=apt --include=systemd,udev "$release" "$root"
}

# What is mounted, before systemd becomes the first process of the new namespaces.
boot() {
    local root=$1 device
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    # As in any container: what cannot be written, systemd and udev leave alone.
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t tmpfs tmpfs "$root/run"
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    else
        mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
        mkdir "$root/sys/fs/cgroup/systemd"
        mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    fi
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir "$root/dev/shm" "$root/dev/pts"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    # The root of these namespaces, and no chroot: units may ask for namespaces of users.
    cd "$root"
    pivot_root . .
    umount -l .
    # Credentials are mounted aside, and have to come through.
    mount --make-rshared /
    exec env -i container=clean-root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --system --log-target=journal-or-kmsg --show-status=no </dev/null
}

run() {
    local root=$1 first status=0
    shift
    unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child --propagation private \
        bash "$0" boot "$root" >"$root.log" 2>&1 &
    local outer=$!
    # shellcheck disable=SC2064
    trap "kill -9 $outer 2>/dev/null || true" EXIT
    inside() { nsenter --target "$first" --mount --pid --uts --ipc --net --root env -C /srv -i \
        HOME=/srv LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
    for _ in $(seq 150); do
        first=$(ps -o pid= --ppid "$outer" | tr -d ' ' || true)
        if [ -n "$first" ] && inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; then
            inside "$@" || status=$?
            return "$status"
        fi
        sleep 0.2
    done
    cat "$root.log"
    echo "SKIPPED: systemd does not start in namespaces of this machine"
    [ -z "${ONECODE_REQUIRE_TOOLS-}" ]
}

case $1 in
make) make_root "$2" ;;
run) run "${@:2}" ;;
boot) boot "$2" ;;
esac
