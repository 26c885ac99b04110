"""HTML and SVG out of elements. Text is escaped unless it is an element's own."""

from __future__ import annotations

import re
from html import escape

EMPTY = {"meta", "line", "circle", "rect", "polyline"}
UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Markup(str):
    """Text that is markup already. Only `element` and `style` make it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: object) -> Markup:
    """``<name attribute="…">children</name>``.

    Attributes whose names Python does not allow are written ``class_`` and ``stroke_width``.
    """
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{_escaped(str(value))}"'
        for key, value in attributes.items()
    )
    if name in EMPTY:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """One after the other."""
    return Markup(
        "".join(child if isinstance(child, Markup) else _escaped(child) for child in children)
    )


def style(sheet: str) -> Markup:
    """A style sheet of our own."""
    return Markup(f"<style>{sheet}</style>")


def _escaped(text: str) -> str:
    """Without what no document may hold, which a model may well answer."""
    return escape(UNPRINTABLE.sub("�", text))
