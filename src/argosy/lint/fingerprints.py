"""What tells findings apart over time, for programs that keep track of them. No I/O here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from argosy.lint.presentation import Presentation
from argosy.lint.run import Reported


def fingerprints(found: Iterable[Reported], presentation: Presentation) -> tuple[str, ...]:
    """One for each finding, no two of them alike.

    They stay the same while lines move, and change with the file's path, the rule, the subject and
    the words of the line. Of findings that are alike in all of these, the order tells which is
    which.
    """
    counts: Counter[str] = Counter()
    prints = []
    for one in found:
        told = f"{presentation.in_repository(one.file)}\0{one.fingerprint}"
        counts[told] += 1
        prints.append(hashlib.sha256(f"{told}\0{counts[told]}".encode()).hexdigest()[:32])
    return tuple(prints)
