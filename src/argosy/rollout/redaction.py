"""Blotting fields out of bodies before they are kept. No I/O here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from argosy.rollout.copies import events

REDACTED = "[redacted]"


def readable(body: bytes | bytearray, fields: Sequence[str]) -> Any:
    """A body as a value of JSON, without the ``fields``; None where there is none.

    Of server-sent events a list. What cannot be read as JSON is a text, and where there are fields
    to redact nothing of it is shown, as nobody knows what is in it.
    """
    if not body:
        return None
    text = bytes(body).decode(errors="replace")
    for read in (json.loads, events):
        try:
            found = read(text)
        except (ValueError, RecursionError):
            continue
        if found != [] or text.strip() == "[]":
            return redacted(found, fields)
    return REDACTED if fields else text


def redacted(value: Any, fields: Sequence[str]) -> Any:
    """``value`` with other text in place of each field's value, wherever it occurs.

    ``user`` is every field of this name, ``messages.content`` every ``content`` right below a
    ``messages``; lists between them do not count.
    """
    return _redacted(value, [tuple(field.split(".")) for field in fields], ())


def _redacted(value: Any, fields: Sequence[tuple[str, ...]], path: tuple[str, ...]) -> Any:
    if any(path[-len(field) :] == field for field in fields):
        return REDACTED
    if isinstance(value, dict):
        return {key: _redacted(one, fields, (*path, key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_redacted(one, fields, path) for one in value]
    return value
