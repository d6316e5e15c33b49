#!/usr/bin/env bash
# What deploy/check.sh runs in a clean Debian: packages installed, used, removed, installed again, purged.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

fail() {
    echo "$*" >&2
    journalctl --sync
    journalctl --namespace='*' --no-pager -n 60 >&2
    exit 1
}
# A change of state may take a moment.
soon() {
    for _ in $(seq 100); do
        if "$@"; then return; fi
        sleep 0.2
    done
    fail "not within 20 s: $*"
}

echo "-- the walk"
# In this shell, which keeps the pipe open that plays the reader.
trap 'fail "line $LINENO"' ERR
# shellcheck source=/dev/null
. ./walk.sh >walk.out
[ "$(grep -c '^{"verdict":"accepted"' walk.out)" = 1 ] || fail "$(cat walk.out)"
gate=onecode-gate@metro state=/var/lib/onecode-gate/metro figures=/run/onecode-gate/metro.prom
verdicts() { journalctl --namespace=onecode-gate -u $gate -o cat | grep -c '"verdict"' || true; }
has_verdicts() { [ "$(verdicts)" = "$1" ]; }

echo "-- only the gate's user reads what it keeps, and everybody its figures"
[ "$(stat -c '%U %a' $state $state/gate.state | tr '\n' ' ')" = "onecode-gate 700 onecode-gate 600 " ] || fail "$(ls -la $state)"
[ "$(stat -c %a $figures)" = 644 ] || fail "$(ls -la $figures)"

echo "-- who was where is in a journal of its own, which ends"
! journalctl -o cat | grep -q '"verdict"' || fail "verdicts are in the common journal"
journald=$(systemd-analyze cat-config systemd/journald@onecode-gate.conf)
grep -qx 'MaxRetentionSec=7day' <<<"$journald" || fail "$journald"
journalctl --namespace=onecode-gate -u systemd-journald@onecode-gate -o cat | grep -i 'max 256.0M' >/dev/null ||
    fail "the journal of the gates does not have its limits"

echo "-- killed, it comes back; hung, too"
pid() { systemctl show -P MainPID $gate; }
first=$(pid)
kill -9 "$first"
is_another() { systemctl -q is-active $gate && [ "$(pid)" != "$1" ]; }
soon is_another "$first"
[ "$(systemctl show -P WatchdogUSec $gate)" = 1min ] || fail "no watchdog"
mkdir -p /etc/systemd/system/$gate.service.d
printf '[Service]\nWatchdogSec=2\n' >/etc/systemd/system/$gate.service.d/quick.conf
systemctl daemon-reload
systemctl restart $gate
first=$(pid)
kill -STOP "$first"
soon is_another "$first"
onecode show --world /srv/practice --card lin-yue --text >&3
soon has_verdicts 2

echo "-- a receipt for each verdict, with the scanner's key as a credential"
install -m 600 /srv/practice/scanners/cn-32.gate-1.pem /etc/onecode/keys/metro.scanner-key.pem
mkdir -p /etc/systemd/system/$gate.service.d
cp /usr/share/doc/onecode-gate/examples/receipts.conf /etc/systemd/system/$gate.service.d/
systemctl daemon-reload
systemctl restart $gate
onecode show --world /srv/practice --card lin-yue --text >&3
soon has_verdicts 3
onecode receipts verify --world /srv/practice --state $state/gate.state $state/receipts

echo "-- ended in order, it leaves no figures that somebody would be alarmed by"
systemctl stop $gate
[ ! -e $figures ] || fail "figures are left"

echo "-- removed: nothing of its state is lost"
systemctl start $gate
hashes() { (cd / && find var/lib/onecode-gate etc/onecode -type f -print0 | sort -z | xargs -0 sha256sum); }
apt-get remove -y -q onecode-gate >/dev/null
! systemctl -q is-active $gate || fail "it still runs"
[ ! -e /usr/bin/onecode ] || fail "the command is left"
hashes >before.txt
grep -q gate.state before.txt || fail "$(cat before.txt)"
apt-get install -y -q ./onecode-gate_*.deb >/dev/null
hashes | diff before.txt - || fail "the state has changed"
soon systemctl start $gate
onecode show --world /srv/practice --card lin-yue --text >&3
soon has_verdicts 4
onecode receipts verify --world /srv/practice --state $state/gate.state $state/receipts

echo "-- readers: names, group and rights by udev"
cp 60-onecode-reader.rules /etc/udev/rules.d/
if udevadm verify --help >/dev/null 2>&1; then
    udevadm verify /etc/udev/rules.d/60-onecode-reader.rules
else
    echo "this udevadm cannot verify yet (systemd 254 can); its test reads the rules as well"
fi
# The line of the board in the example stands for all of them, under a name that is here.
sed -i 's/KERNEL=="ttyS1"/KERNEL=="tty1"/' /etc/udev/rules.d/60-onecode-reader.rules
tested=$(udevadm test --action=add /sys/class/tty/tty1 2>&1) || fail "$tested"
! grep '60-onecode-reader.rules.*\(Invalid\|Unknown\|error\|Failed\|ignoring\)' <<<"$tested" || fail "udev"
for fact in '/dev/onecode/gate-2' "60-onecode-reader.rules:.* GROUP $(id -g onecode-gate)" \
    '60-onecode-reader.rules:.* MODE 0640' 'ID_MM_DEVICE_IGNORE=1'; do
    grep -q "$fact" <<<"$tested" || fail "udev says nothing of $fact: $tested"
done

echo "-- the service: installed, configured for practice, publishing"
apt-get install -y -q ./onecode-service_*.deb >/dev/null
! systemctl -q is-active onecode-service || fail "it runs without a configuration"
issuer=/srv/practice/issuers/cn-31
for key in cards status; do install -m 600 $issuer/$key.pem /etc/onecode/keys/$key.pem; done
# The practice configuration of the region, with the folders of the package.
credentials=/run/credentials/onecode-service.service
sed -e "s|^cards = .*|cards = \"$credentials/cards.pem\"|; s|^status = .*|status = \"$credentials/status.pem\"|" \
    -e 's|^database = .*|database = "sqlite:/var/lib/onecode-service/books.db"|' \
    -e 's|^folder = .*|folder = "/var/lib/onecode-service/published"|' \
    -e '/^continues = /d' $issuer/service.toml >/etc/onecode/service.toml
systemctl enable -q --now onecode-service || fail "the service does not start"
published=/var/lib/onecode-service/published/status/cn-31/index.json
soon test -e $published
asks() { exec 4<>/dev/tcp/127.0.0.1/8031 && printf 'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' "$1" >&4 && cat <&4; }
is_healthy() { asks /health | grep -q '"published_in_time":true'; }
soon is_healthy
asks /metrics | grep '^onecode_service_books_up 1' || fail "no figures"
kill -9 "$(systemctl show -P MainPID onecode-service)"
soon systemctl -q is-active onecode-service
soon is_healthy

echo "-- removed: the books stay; purged: nothing but keys is left"
apt-get remove -y -q onecode-service >/dev/null
[ -e /var/lib/onecode-service/books.db ] && [ -e $published ] && [ -e /etc/onecode/service.toml ] || fail "books are lost"
apt-get purge -y -q onecode-gate onecode-service >/dev/null
left=$(find /var/lib/onecode-gate /var/lib/onecode-service /run/onecode-gate /etc/onecode -type f 2>/dev/null | sort | tr '\n' ' ') || true
! compgen -G '/*/log/journal/*.onecode-gate' || fail "the journal is left"
[ "$left" = "/etc/onecode/keys/cards.pem /etc/onecode/keys/metro.scanner-key.pem /etc/onecode/keys/status.pem /etc/onecode/roots.json " ] ||
    fail "left: $left"
