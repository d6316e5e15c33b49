"""What a fetcher asks publications for, through the Python binding.

`test_onecode.py` runs this: the vectors of `publishing.json`.
"""

import onecode
from onecode import FetchAnswer, FetchPurpose


def does(document, vector):
    """Visits publications one after the other with one scanner, and tells what came of it."""
    if "roots_hash" in vector:
        roots = onecode.Roots.from_hash(vector["roots_hash"])
    else:
        roots = onecode.Roots.from_edition(file(document, "roots 1"))
    fetcher = Fetcher(roots, FetchPurpose[vector["purpose"].upper()])
    return [fetcher.visit(document, visit) for visit in vector["visits"]]


def file(document, name):
    content = document["files"][name]
    return bytes.fromhex(content) if "cwt" in name else content.encode()


class Fetcher:
    def __init__(self, roots, purpose):
        self.scanner = onecode.OneCodeScanner(roots, onecode.Policy())
        self.purpose = purpose
        self.store = {}
        self.anchors = {}

    def visit(self, document, visit):
        now = visit["now_unix_s"]
        for path in visit.get("damaged", []):
            self.store[path] = b"damaged"
        fetch = onecode.Fetch(self.purpose, now)
        asked, later = [], set()
        while step := fetch.step(self.scanner, self.anchors):
            if step.is_INSTALL():
                try:
                    fetch.install(self.scanner, [self.store[path] for path in step.paths])
                except onecode.InstallError:
                    pass  # It is among the problems.
                continue
            wanted = step.wanted
            path = wanted.path
            if wanted.may_be_kept and not wanted.is_rewritten and path in self.store:
                fetch.answer(FetchAnswer.KEPT(bytes=self.store[path]))
                continue
            asked.append(path)
            if wanted.later:
                later.add(path)
            if path not in visit["files"]:
                fetch.answer(FetchAnswer.MISSING())
                continue
            content = file(document, visit["files"][path])
            if fetch.answer(FetchAnswer.FETCHED(bytes=content)):
                self.store[path] = content
        return self.told(fetch, now) | {"asked": asked, "later": sorted(later)}

    def told(self, fetch, now):
        ready = self.scanner.preflight(now)
        kept = {}
        for issuer in [] if self.purpose == FetchPurpose.NOW else [it.issuer for it in ready.status]:
            status = fetch.status_to_keep(issuer, self.scanner, self.anchors)
            if status is not None:
                kept[issuer] = self.anchors[issuer] = status.anchors
        number = lambda document: document and document.sequence
        return {
            "problems": [[problem.path, problem.name] for problem in fetch.problems()],
            "roots": number(ready.roots),
            "trust_list": number(ready.trust_list),
            "catalogue": number(ready.catalogue),
            "status": {it.issuer: it.oldest_unix_s for it in ready.status},
            "kept": kept,
        }
