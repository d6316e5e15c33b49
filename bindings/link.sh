#!/bin/sh
# A linker for the library as it ships: it leaves out what only the generator of bindings reads, the
# descriptions of the interface (107 kB). The generator reads a library that cargo has linked.
#
#     cargo rustc --profile mobile -p onecode-uniffi --no-default-features --lib --crate-type cdylib -- \
#         -C linker-flavor=gcc -C linker="$PWD/bindings/link.sh"
#
# REAL_LINKER is what links; cc where it is not set.
set -eu
for argument in "$@"; do
    case $argument in
        # rustc lists here what the library exports.
        -Wl,--version-script=*) sed -i '/UNIFFI_META_/d' "${argument#-Wl,--version-script=}" ;;
    esac
done
exec "${REAL_LINKER:-cc}" "$@"
