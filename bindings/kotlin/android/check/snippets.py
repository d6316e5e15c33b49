#!/usr/bin/env python3
"""Writes the Kotlin files of docs/INTEGRATION.md to where check/sample compiles them.

Every block of ```kotlin there is a whole file; each becomes a package of its own, so that two
blocks may have the same names.
"""

import pathlib
import re
import shutil

HERE = pathlib.Path(__file__).resolve().parent
GUIDE = HERE.parents[3] / "docs" / "INTEGRATION.md"
TARGET = HERE / "sample" / "target" / "snippets"

blocks = re.findall(r"^```kotlin\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
assert blocks, "no Kotlin in the guide"
shutil.rmtree(TARGET, ignore_errors=True)
TARGET.mkdir(parents=True)
for number, block in enumerate(blocks, 1):
    (TARGET / f"Snippet{number}.kt").write_text(f"package guide.snippet{number}\n\n{block}", "utf-8")
print(f"{len(blocks)} Kotlin files of the guide")
