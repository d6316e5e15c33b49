#!/usr/bin/env python3
"""Measure how often a blurred, noisy, small picture of a onecode QR code is read.

What it answers, for docs/QR.md:

  size    read rate by version (6..13) and level (L, M, Q), each code full
  level   the everyday text (366 characters) at L, M, Q, H: clean and damaged
  near    the same at growing width in pixels: what a level costs in distance
  mask    the best of the eight masks against each fixed one
  check   the modules drawn by the Rust module against those of python-qrcode

Pictures are made, not taken: drawn flat, damaged, tilted, scaled to a number of
camera pixels, blurred and given noise. Every variant of one code gets the same
pose, damage and noise (same seed), so two columns of a table differ only by
what heads them. Rates are in percent; "z/b" is zxing-cpp / zbar.

Needs: pip install -r requirements.txt, and libzbar (Debian: libzbar0).
"""

import argparse
import functools
import itertools
import math
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import cv2
import numpy as np
import qrcode
import segno
import zxingcpp
from pyzbar import pyzbar

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
EVERYDAY = 366
QUIET = 4
MASK = 6  # the one the Rust module always uses
DAMAGE = ("none", "scratch", "glare 15 %", "glare 20 %", "glare 25 %")


def base45(data):
    """RFC 9285."""
    out = []
    for i in range(0, len(data), 2):
        pair = data[i : i + 2]
        n, digits = int.from_bytes(pair, "big"), len(pair) + 1
        for _ in range(digits):
            out.append(ALPHABET[n % 45])
            n //= 45
    return "".join(out)


def message(seed, length, zeros=0):
    """`OC1:` and random bytes, the first `zeros` of them null, cut to length."""
    data = np.random.default_rng(seed).bytes(length)
    return ("OC1:" + base45(bytes(zeros) + data[zeros:]))[:length]


def capacity(version, level):
    """The most characters a version holds, found by trying."""

    def fits(n):
        try:
            return modules("A" * n, level, version) is not None
        except segno.DataOverflowError:
            return False

    low, high = 1, 4296
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


@functools.lru_cache(maxsize=8192)
def modules(text, level, version=None, mask=None):
    """The code as an array, 1 = dark, without quiet zone."""
    code = segno.make_qr(
        text, error=level, version=version, mask=mask, mode="alphanumeric", boost_error=False
    )
    return np.array([list(row) for row in code.matrix], dtype=np.uint8)


def damage(flat, box, kind, rng):
    """Spoil the flat picture; sizes are shares of the code's side, whatever the version."""
    left, side = box
    point = lambda: rng.uniform(left, left + side, 2)
    if kind == "scratch":
        a, b = point(), point()
        along = (b - a) / max(np.linalg.norm(b - a), 1.0) * side
        ends = [tuple(int(c) for c in p) for p in (a - along, a + along)]
        cv2.line(flat, *ends, color=255, thickness=max(1, round(0.012 * side)))
    elif kind.startswith("glare"):
        share = float(kind.split()[1]) / 100
        centre, radius = point(), share * side / 2
        y, x = np.ogrid[: flat.shape[0], : flat.shape[1]]
        distance = np.hypot(x - centre[0], y - centre[1]) / radius
        weight = np.clip((1.25 - distance) / 0.5, 0, 1)
        flat = (flat * (1 - weight) + 255 * weight).astype(np.uint8)
    return flat


def photograph(matrix, side, blur, noise, kind, seed):
    """A grey picture in which the code is `side` pixels wide."""
    rng = np.random.default_rng(seed)
    cell = 10
    width = matrix.shape[0]
    ink = np.pad(matrix, QUIET).repeat(cell, 0).repeat(cell, 1)
    flat = np.where(ink == 1, 0, 255).astype(np.uint8)
    left, inner = QUIET * cell, width * cell
    flat = damage(flat, (left, inner), kind, rng)

    # Pose: turned a little, tilted a little, anywhere on the pixel grid.
    over = 3  # supersampling, then area averaging: what a sensor does
    frame = int(side * 1.6)
    angle = math.radians(rng.uniform(-10, 10))
    centre = frame / 2 + rng.uniform(-3, 3, 2)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    seen = corners @ turn.T + centre + rng.uniform(-0.015, 0.015, (4, 2)) * side
    drawn = np.array([[left, left], [left + inner, left], [left + inner] * 2, [left, left + inner]])
    warp = cv2.getPerspectiveTransform(drawn.astype(np.float32), (seen * over).astype(np.float32))
    big = cv2.warpPerspective(flat, warp, (frame * over,) * 2, flags=cv2.INTER_LINEAR, borderValue=255)
    small = cv2.resize(big, (frame,) * 2, interpolation=cv2.INTER_AREA).astype(np.float32)

    small = 40 + small * (170 / 255)  # a screen is neither black nor white
    slope = rng.uniform(-25, 25, 2)
    y, x = np.mgrid[0:frame, 0:frame] / frame - 0.5
    small += slope[0] * x + slope[1] * y
    if blur:
        small = cv2.GaussianBlur(small, (0, 0), blur)
    small += rng.normal(0, noise, small.shape)
    return np.clip(small, 0, 255).astype(np.uint8)


def read(image, text):
    """Whether zxing-cpp and zbar each give exactly the text back."""
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    zxing = any(code.text == text for code in found)
    found = pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])
    return zxing, any(code.data.decode("ascii", "replace") == text for code in found)


def one(job):
    cv2.setNumThreads(1)  # the pool already fills the cores
    text, level, version, mask, side, blur, noise, kind, seed = job
    return read(photograph(modules(text, level, version, mask), side, blur, noise, kind, seed), text)


class Bench:
    def __init__(self, args):
        self.args = args
        self.pool = ProcessPoolExecutor(args.jobs)

    def rate(self, length, level, version=None, mask=MASK, blur=1.0, kind="none", zeros=0, side=None):
        a = self.args
        jobs = [
            (message(n, length, zeros), level, version, mask, side or a.side, blur, a.noise, kind, n)
            for n in range(a.first, a.first + a.codes)
        ]
        hits = np.array(list(self.pool.map(one, jobs, chunksize=10)))
        return hits.mean(0) * 100


def cell(rate):
    return "{:.0f}/{:.0f}".format(*rate)


def table(title, head, rows):
    print(f"\n{title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def size(bench):
    blurs = bench.args.blurs
    table(
        "Full codes, z/b",
        ["version"] + [f"{level.upper()} blur {b}" for level in bench.args.levels for b in blurs],
        (
            [str(v)]
            + [
                cell(bench.rate(capacity(v, level), level, v, blur=b))
                for level in bench.args.levels
                for b in blurs
            ]
            for v in range(6, 14)
        ),
    )


def level(bench):
    for blur in bench.args.blurs:
        table(
            f"The everyday text, blur {blur}, z/b",
            ["level (version)", *DAMAGE],
            (
                [f"{l.upper()} ({(modules('A' * EVERYDAY, l).shape[0] - 17) // 4})"]
                + [cell(bench.rate(EVERYDAY, l, blur=blur, kind=kind)) for kind in DAMAGE]
                for l in bench.args.levels
            ),
        )


def near(bench):
    kinds = ("none", "scratch", "glare 20 %")
    for blur in bench.args.blurs:
        table(
            f"The everyday text by width in camera pixels, blur {blur}, z/b",
            ["pixels", *(f"{l.upper()} {kind}" for kind in kinds for l in bench.args.levels)],
            (
                [str(side)]
                + [
                    cell(bench.rate(EVERYDAY, l, blur=blur, kind=kind, side=side))
                    for kind in kinds
                    for l in bench.args.levels
                ]
                for side in range(170, 271, 10)
            ),
        )


def mask(bench):
    masks = [None, *bench.args.masks]
    levels = bench.args.levels
    table(
        "Masks, everyday text, z/b",
        ["text", "level", "blur", "best of 8", *(str(m) for m in masks[1:])],
        (
            [f"{zeros} null bytes" if zeros else "random", l.upper(), str(blur)]
            + [cell(bench.rate(EVERYDAY, l, mask=m, blur=blur, zeros=zeros)) for m in masks]
            for zeros, l, blur in itertools.product((0, 64, 180), levels, bench.args.blurs)
        ),
    )


def check(bench):
    """`--drawer` reads "LEVEL text" lines and answers "version bits" lines.

    Compared with python-qrcode rather than segno: segno 1.6.6 puts a null
    codeword before the padding of texts that end on a codeword, which no reader
    minds but which makes a different picture.
    """
    lengths = [1, 2, 3, 10, 11, 100, 300, 366, 367, 418, 419, 483, 1000, 1800]
    asks = [(l, message(n, n)) for n in lengths for l in "LMQH"]
    asked = "".join(f"{l} {text}\n" for l, text in asks)
    answers = subprocess.run(
        bench.args.drawer.split(), input=asked, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(answers) == len(asks), "one answer per question"
    written = dict(zip("LMQH", (1, 0, 3, 2)))  # as in the format information
    for (l, text), answer in zip(asks, answers):
        version, bits = answer.split()
        code = qrcode.QRCode(error_correction=written[l], mask_pattern=MASK, border=0)
        code.add_data(qrcode.util.QRData(text, mode=qrcode.util.MODE_ALPHA_NUM))
        code.make(fit=True)
        assert code.version == int(version), (l, len(text), version)
        assert "".join(str(int(m)) for row in code.get_matrix() for m in row) == bits, (l, len(text))
    print(f"{len(asks)} codes: the same modules as python-qrcode")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["size", "level", "near", "mask", "check"])
    parser.add_argument("--codes", type=int, default=200, help="codes per figure")
    parser.add_argument("--first", type=int, default=0, help="seed of the first code")
    parser.add_argument("--side", type=int, default=200, help="code width in camera pixels")
    parser.add_argument("--noise", type=float, default=6, help="sigma, of 255")
    parser.add_argument("--blurs", type=float, nargs="+", default=[0.8, 1.0, 1.2])
    parser.add_argument("--levels", nargs="+", default=["l", "m", "q"], choices=list("lmqh"))
    parser.add_argument("--masks", type=int, nargs="+", default=range(8))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--drawer", default="", help="command for `check`")
    args = parser.parse_args()
    {"size": size, "level": level, "near": near, "mask": mask, "check": check}[args.what](Bench(args))


if __name__ == "__main__":
    sys.exit(main())
