"""A program that an image's own Python runs: prints its packages and their bytes, as JSON.

Standard library alone, and Python 3.8: it is given to the interpreter of a model.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import distributions
from importlib.util import cache_from_source

# ruff: noqa: UP, PTH


def main() -> None:
    """A list of ``[name, version, bytes]``, with the bytecode that was compiled of them."""
    found = []
    for one in distributions():
        paths = [str(one.locate_file(file)) for file in one.files or ()]
        compiled = [cache_from_source(path) for path in paths if path.endswith(".py")]
        sizes = map(_size, {os.path.realpath(path) for path in paths + compiled})
        found.append([one.metadata["Name"], one.version, sum(sizes)])
    json.dump(found, sys.stdout)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


if __name__ == "__main__":
    main()
