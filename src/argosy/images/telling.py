"""What a build does now, told to a person who waits, out of BuildKit's plain lines."""

from __future__ import annotations

import re
from collections.abc import Callable

STAGES = {
    "runner": "making the runner",
    "environment": "installing packages",
    "model": "copying the code",
    "weights": "copying the weights",
}
SAYS_WHEN_IT_WORKS = ("runner", "environment")  # uv does; the others copy and are silent


class Telling:
    """Takes the lines one by one and tells each thing once, nothing of what is there already."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._begun: dict[str, str] = {}  # what steps will do if they do anything, by their number

    def take(self, line: str) -> None:
        """A line of ``docker buildx build --progress=plain``."""
        if match := re.match(r"#(\d+) \[(\w+) \d+/\d+\] RUN ", line):
            number, stage = match.groups()
            if stage in SAYS_WHEN_IT_WORKS:
                self._begun[number] = STAGES[stage]
            elif stage in STAGES:
                self._once(STAGES[stage])
        elif match := re.match(r"#(\d+) [\d.]+ (.*)", line):
            self._once(self._begun.get(match[1], ""))
            if download := re.match(r"Downloading (\S+) \((.+)\)", match[2]):
                self._once(f"downloading {download[1]} ({download[2]})")
        elif re.match(r"#\d+ exporting layers\b", line):
            self._once("writing the image")

    def _once(self, phrase: str) -> None:
        if phrase and phrase not in self._told:
            self._told.add(phrase)
            self._tell(phrase)
