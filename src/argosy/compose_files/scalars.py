"""What a scalar means: YAML 1.2, so `on`, `yes` and `1:30` are texts. No I/O here."""

from __future__ import annotations

from argosy.compose_files.tree import Scalar
from argosy.stack.document import number

_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_TAG = "tag:yaml.org,2002:"
_TEXTS = ("str", "timestamp", "value", "merge")
_KNOWN = frozenset({"!", *(_TAG + one for one in ("map", "seq", "int", "float", "bool", "null"))})
_NUMBERS = frozenset("+-.0123456789")
_ENDS = _NUMBERS | frozenset("_abcdefABCDEFnN")  # also of 0xff, .inf and .NaN


def plain(text: str) -> Scalar:
    """What a text without quotes and tag means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBERS and text[-1] in _ENDS:
        found = number(text)
        return text if found is None else found
    return text


def tagged(text: str, tag: str) -> Scalar:
    """What a text means with one of YAML's own tags. Raises `ValueError` for no such number."""
    match tag.removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return text.lower() in ("true", "yes", "on")
        case "int" | "float":
            found = number(text)
            if found is None:
                raise ValueError(text)
            return found
    return text


def is_known(tag: str) -> bool:
    """Whether a tag is one of YAML's own."""
    return tag in _KNOWN or tag.removeprefix(_TAG) in _TEXTS
