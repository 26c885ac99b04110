"""Which word of a command is the script of a shell. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SHELLS = ("sh", "bash", "ash", "dash")
_SCRIPT = re.compile(r"-[a-z]*c")


def script_of(words: Sequence[str]) -> int | None:
    """The index of what ``sh -c`` runs; None where no shell is run, or no script given to it."""
    if not words or words[0].rpartition("/")[2] not in _SHELLS:
        return None
    flag = next((index for index, one in enumerate(words) if _SCRIPT.fullmatch(one)), None)
    return flag + 1 if flag is not None and flag + 1 < len(words) else None
