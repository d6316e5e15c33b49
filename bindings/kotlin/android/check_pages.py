#!/usr/bin/env python3
"""Says whether ELF libraries can be loaded on phones with memory pages of 16 KB.

    python3 check_pages.py LIBRARY...

Every loadable segment has to be aligned to 16 KB at least. Fails when one is not.
"""

import struct
import sys

PAGE = 16 * 1024
PT_LOAD = 1


def load_alignments(elf):
    if elf[:4] != b"\x7fELF":
        raise ValueError("not an ELF file")
    wide = elf[4] == 2
    order = "<" if elf[5] == 1 else ">"
    at, size, count = (
        (32, 54, 56) if wide else (28, 42, 44)  # e_phoff, e_phentsize, e_phnum
    )
    (table,) = struct.unpack_from(order + ("Q" if wide else "I"), elf, at)
    (entry,) = struct.unpack_from(order + "H", elf, size)
    (entries,) = struct.unpack_from(order + "H", elf, count)
    for number in range(entries):
        header = table + number * entry
        (kind,) = struct.unpack_from(order + "I", elf, header)
        if kind == PT_LOAD:
            where = header + (48 if wide else 28)  # p_align
            yield struct.unpack_from(order + ("Q" if wide else "I"), elf, where)[0]


def main(paths):
    good = bool(paths)
    for path in paths:
        with open(path, "rb") as file:
            alignments = list(load_alignments(file.read()))
        fits = bool(alignments) and all(alignment % PAGE == 0 for alignment in alignments)
        good &= fits
        print(f"{path}: {'16 KB pages' if fits else 'NOT for 16 KB pages'}, {alignments}")
    return 0 if good else 1


sys.exit(main(sys.argv[1:]))
