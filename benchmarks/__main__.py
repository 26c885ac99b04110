"""`scripts/bench [PART …]`: measure, and print every value beside its limit.

Exits 1 when a limit does not hold or a part is missing.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from argosy.errors import ArgosyError
from benchmarks.load import Effort
from benchmarks.machine import describe
from benchmarks.report import Line, show

PARTS = (
    "runner", "others", "open_inference", "embeddings", "whole_path", "gateway", "streaming",
    "memory", "footprint", "images", "compose", "rollouts", "lint",
)  # fmt: skip
ON_DEMAND = ("gateway_parts",)  # tells where to look, and holds nothing to a limit


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"some of {', '.join(PARTS)}, all when none is named; or {', '.join(ON_DEMAND)}",
    )
    parser.add_argument(
        "--seconds", type=int, default=Effort.seconds, help="of each measurement (%(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=Effort.rounds, help="of each comparison (%(default)s)"
    )
    wanted = parser.parse_args()
    every = (*PARTS, *ON_DEMAND)
    if unknown := set(wanted.parts) - set(every):
        parser.error(
            f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(every)}"
        )
    print(describe())
    try:
        lines = [
            line
            for part in wanted.parts or PARTS
            for line in _measure(part, Effort(wanted.seconds, wanted.rounds))
        ]
    except ArgosyError as error:
        print(error, file=sys.stderr)
        return 1
    missed = [line.what for line in lines if not line.holds]
    print(
        f"{len(missed)} of {len(lines)} do not hold: {'; '.join(missed)}"
        if missed
        else "All limits hold."
    )
    return 1 if missed else 0


def _measure(part: str, effort: Effort) -> list[Line]:
    module = importlib.import_module(f"benchmarks.{part}")
    started = time.monotonic()
    lines: list[Line] = module.measure(effort)
    show(f"{module.TITLE} ({time.monotonic() - started:.0f} s)", lines)
    return lines


if __name__ == "__main__":
    sys.exit(main())
