#!/usr/bin/env python3
"""Writes the Kotlin files of docs/INTEGRATION.md to where they are compiled.

    python3 snippets.py Android     # those of its chapter, for the sample app: android/check/sample
    python3 snippets.py JVM         # all others, for the tests of the package for the JVM

Every block of ```kotlin there is a whole file; each becomes a package of its own, so that two
blocks may have the same names.
"""

import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
GUIDE = HERE.parents[1] / "docs" / "INTEGRATION.md"
FOLDERS = {
    "Android": HERE / "android" / "check" / "sample" / "target" / "snippets",
    "JVM": HERE / "target" / "snippets",
}

platform = sys.argv[1]
blocks = []
for chapter in re.split(r"^## ", GUIDE.read_text(encoding="utf-8"), flags=re.M):
    if ("Android" in chapter.partition("\n")[0]) == (platform == "Android"):
        blocks += re.findall(r"^```kotlin\n(.*?)^```$", chapter, re.M | re.S)
assert blocks, f"no Kotlin for {platform} in the guide"
folder = FOLDERS[platform]
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
for number, block in enumerate(blocks, 1):
    (folder / f"Snippet{number}.kt").write_text(f"package guide.snippet{number}\n\n{block}", "utf-8")
print(f"Kotlin: {len(blocks)} files of the guide for {platform}")
