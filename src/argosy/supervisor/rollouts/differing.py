"""The file of answers that differ: a line of JSON for each pair, bounded, for its owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from glob import escape
from pathlib import Path
from typing import Any

from argosy.gateway.recordings import Recorded
from argosy.rollout.redaction import readable
from argosy.stack.model import Shadow

SUFFIX = ".shadow.jsonl"
OLDER = ".1"
APPENDED = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class Differing:
    """Takes ``settings.most`` bytes on disk at most for all rollouts of a model; the oldest goes.

    Bodies are kept only where the settings say so, without the fields to redact.
    """

    def __init__(self, file: Path, model: str, settings: Shadow) -> None:
        self.file = file
        self._model = model
        self._settings = settings
        self._half = settings.most // 2  # of the file that is written, and of all older ones

    def add(self, pairs: Iterable[tuple[Recorded, Recorded, str]]) -> None:
        """Keep pairs, old and new with the reason. Raises `OSError`."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        for before, after, reason in pairs:
            line = self._line(before, after, reason)
            size = self.file.stat().st_size if self.file.exists() else 0
            if size and size + len(line) > self._half:
                self.file.replace(self.file.with_name(self.file.name + OLDER))
                size = 0
            if not size:
                self._make_room()
            with os.fdopen(os.open(self.file, APPENDED, 0o600), "ab") as lines:
                lines.write(line)

    def _line(self, before: Recorded, after: Recorded, reason: str) -> bytes:
        told: dict[str, Any] = {
            "id": before.id,
            "path": before.path.partition("?")[0],
            "reason": reason,
            "before": _outline(before),
            "after": _outline(after),
        }
        if not self._settings.keep_bodies:
            return _encoded(told)
        fields = self._settings.redact
        asked = after.request or before.request
        request = readable(asked, fields) if asked else None
        whole = {
            **told,
            "request": request,
            "before": {**_outline(before), "body": readable(before.body, fields)},
            "after": {**_outline(after), "body": readable(after.body, fields)},
        }
        line = _encoded(whole)
        return line if len(line) <= self._half else _encoded(told)

    def _make_room(self) -> None:
        pattern = f"{escape(self._model)}.r*{SUFFIX}*"
        older = [one for one in self.file.parent.glob(pattern) if one != self.file]
        older.sort(key=lambda one: one.stat().st_mtime)
        while sum(one.stat().st_size for one in older) > self._half:
            older.pop(0).unlink()


def _outline(one: Recorded) -> dict[str, Any]:
    return {
        "revision": one.revision,
        "status": one.status,
        "seconds": round(one.seconds, 6),
        "length": one.length,
        "whole": one.whole,
    }


def _encoded(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode(errors="replace") + b"\n"
