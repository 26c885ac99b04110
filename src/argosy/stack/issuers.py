"""`gateway.issuers`: who else may give keys, as a list of mappings. No I/O here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic.json_schema import JsonSchemaValue

from argosy.nearest import nearest
from argosy.stack.kind import Kind, wrong
from argosy.stack.model import Issuer

ADDRESS = r"https?://[A-Za-z0-9.\[\]:_-]+(/\S*)?"
KEYS = {
    "issuer": "Who gives the tokens: their claim `iss`.",
    "audience": "Whom they are for: a value of their claim `aud`.",
    "jwks": "Where the issuer publishes its keys (RFC 7517): http:// or https://.",
}
LIKE = (
    "Write it like `- {issuer: https://login.example.com, audience: models, "
    "jwks: https://login.example.com/keys}`."
)


@dataclass(frozen=True)
class Issuers(Kind):
    """Issuers of tokens, each a mapping of three texts that are all needed."""

    ANY_TEXT: ClassVar[bool] = True

    def _read(self, value: object) -> tuple[Issuer, ...]:
        if not isinstance(value, list | tuple):
            raise wrong("must be a list of issuers, not {written}", LIKE)
        issuers = tuple(_issuer(item, number) for number, item in enumerate(value, start=1))
        names = [one.issuer for one in issuers]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise wrong(f"names the issuer {twice} twice", "Keep one of them.")
        return issuers

    def _schema(self) -> JsonSchemaValue:
        texts: JsonSchemaValue = {
            key: {"type": "string", "minLength": 1, "description": meaning}
            for key, meaning in KEYS.items()
        }
        issuer = {
            "type": "object",
            "properties": texts,
            "required": [*KEYS],
            "additionalProperties": False,
            "patternProperties": {"^x-": {}},
        }
        return {"type": "array", "items": issuer}

    def _describe(self) -> str:
        return "list of mappings: `issuer`, `audience`, `jwks`"


def _issuer(item: object, number: int) -> Issuer:
    if not isinstance(item, dict):
        raise wrong(f"issuer {number} must be a mapping of keys", LIKE)
    for key in item:
        if key not in KEYS:
            meant = nearest(str(key), KEYS)
            step = f"Did you mean {meant}?" if meant else f"Known here: {', '.join(KEYS)}."
            raise wrong(f"issuer {number} has an unknown key, {key}", step)
    for key, meaning in KEYS.items():
        text = item.get(key)
        if text is None or text == "":
            raise wrong(f"issuer {number} needs the key {key}", meaning)
        if not isinstance(text, str) or not text.isprintable():
            raise wrong(f"issuer {number}: {key} must be text", LIKE)
    if not _is_address(item["jwks"]):
        raise wrong(f"issuer {number}: jwks must be an address", KEYS["jwks"])
    return Issuer(str(item["issuer"]), str(item["audience"]), str(item["jwks"]))


def _is_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return bool(re.fullmatch(ADDRESS, text) and address.hostname and address.port != 0)
    except ValueError:  # a port beyond 65535, an IPv6 address without its end
        return False
