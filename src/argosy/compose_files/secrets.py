"""Which variables are secrets, by their names and by what they hold. No I/O here."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"TOKEN$|TOKEN_|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE_KEY"
    r"|API_?KEY|ACCESS_?KEY|AUTH_?KEY|MASTER_?KEY|SALT_?KEY|(^|_)(PASS|PWD)$",
    re.IGNORECASE,
)
_NOT_NAMES = re.compile(r"TOKENIZER|TOKENS|(_FILE|_PATH|_URL|_DIR)$|^PWD$", re.IGNORECASE)
_VALUES = re.compile(
    r"hf_[A-Za-z0-9]{10,}|sk-[A-Za-z0-9_-]{10,}|gh[pousr]_[A-Za-z0-9]{10,}|AKIA[A-Z0-9]{12,}"
    r"|xox[abp]-[A-Za-z0-9-]{10,}|eyJ[A-Za-z0-9_-]{20,}\.|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|[a-z][a-z0-9+.-]*://[^/\s:@$]+:[^/\s@$]+@"
)
_BEHIND_FLAG = re.compile(r"(--api-key(?:=|\s+|[\"'],\s*)[\"']?)([^\s\"'$,\]]+)")


def masked(text: str) -> str:
    """The text with what looks like a secret in it covered, character by character."""
    text = _VALUES.sub(lambda found: "•" * len(found[0]), text)
    return _BEHIND_FLAG.sub(lambda found: found[1] + "•" * len(found[2]), text)


def looks_secret(name: str, value: str = "") -> bool:
    """Whether a variable is a secret: ``HF_TOKEN``, ``PGPASSWORD``, or a value like ``hf_…``."""
    if _VALUES.search(value):
        return True
    return bool(_NAMES.search(name)) and not _NOT_NAMES.search(name)


def holds_literal(name: str, text: str) -> bool:
    """Whether a secret itself stands in the file, and no variable instead of it."""
    return bool(_VALUES.search(text)) or (bool(text) and "${" not in text and looks_secret(name))
