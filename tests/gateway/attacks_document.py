"""What `docs/attacks.md` lists, to be compared with what happened."""

from __future__ import annotations

from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "attacks.md"


def listed(heading: str) -> dict[str, int]:
    """The attacks that the documentation lists under this heading, with their answers."""
    section = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return {attack.strip("`"): int(status.split()[0]) for attack, status in rows[2:]}
