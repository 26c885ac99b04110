"""The kinds of values by which a stack file says where things listen and are reached. No I/O."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import ClassVar

from pydantic.json_schema import JsonSchemaValue

from argosy.nearest import nearest
from argosy.stack.kind import Kind, wrong
from argosy.stack.model import ModelRoute
from argosy.stack.values import Text

HOST = r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
PATH = r"/|(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+"
ALIAS = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
ORIGIN = rf"\*|https?://{HOST}(:[0-9]{{1,5}})?"


@dataclass(frozen=True)
class Listen(Text):
    """An IP address and a port."""

    ANY_TEXT: ClassVar[bool] = False

    example: str = "127.0.0.1:8080"

    def _read(self, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            raise wrong("names a port without an address", suggestion=f"Write 127.0.0.1:{value}.")
        text = super()._read(value)
        host, _, port = text.rpartition(":")
        like = f'Write it like {self.example} or "[::1]:8080".'
        if _is_address(text) or _is_address(text.strip("[]")):
            meant = f'"[{text.strip("[]")}]:8080"' if ":" in text else f"{text}:8080"
            raise wrong("names an address without a port", like, f"Write {meant}.")
        if not host:
            raise wrong("names a port without an address", like, f"Write 127.0.0.1:{port}.")
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
            raise wrong("the port must be 1 to 65535", like)
        if host == "localhost":
            raise wrong(
                "must be an IP address: localhost can mean two", "Write 127.0.0.1 and the port."
            )
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if not _is_address(bare) or (":" in bare) != (bare != host):
            raise wrong("must be an IP address and a port, not {written}", like)
        return f"{host}:{int(port)}"

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^([0-9.]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$"}

    def _describe(self) -> str:
        return "address and port"


@dataclass(frozen=True)
class RedisAddress(Text):
    """Where a Redis answers."""

    example: str = "redis://127.0.0.1:6379/0"

    PATTERN: ClassVar[str] = r"^((redis|rediss)://[^/\s]+(/[0-9]{0,4})?|unix://\S+)$"

    def _read(self, value: object) -> str:
        text = super()._read(value)
        if not re.fullmatch(self.PATTERN[1:-1], text):
            plain = re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", text)
            raise wrong(
                "must be the address of a Redis, not {written}",
                f"Write it like {self.example}; rediss:// is with TLS, unix:// a socket.",
                f"Write redis://{text}." if plain else "",
            )
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.PATTERN}

    def _describe(self) -> str:
        return "address of a Redis"


@dataclass(frozen=True)
class CollectorAddress(Text):
    """Where a collector takes OTLP/HTTP: a URL without a path, of which TLS is no part."""

    ANY_TEXT: ClassVar[bool] = False

    example: str = "http://127.0.0.1:4318"

    PATTERN: ClassVar[str] = r"^http://([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?$"

    def _read(self, value: object) -> str:
        text = super()._read(value)
        like = f"Write it like {self.example}."
        if text.startswith("https://"):
            step = "Run a collector on this machine, which sends them on with TLS."
            raise wrong("traces are not sent with TLS", step)
        if not re.fullmatch(self.PATTERN[1:-1], text):
            bare = re.sub(r"(?<=[^/:])/.*$", "", text)
            meant = f"Write {bare}." if re.fullmatch(self.PATTERN[1:-1], bare) else ""
            raise wrong(
                "must be http:// with a host and a port, and no path, not {written}", like, meant
            )
        port = re.search(r":([0-9]+)$", text)
        if port and not 1 <= int(port[1]) <= 65535:
            raise wrong("the port must be 1 to 65535", like)
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.PATTERN}

    def _describe(self) -> str:
        return "http address"


@dataclass(frozen=True)
class RoutePlace(Kind):
    """A path of the gateway, or a mapping of a path and a host."""

    ANY_TEXT: ClassVar[bool] = True

    LIKE: ClassVar[str] = "Write it like `/vision`, or `{path: /, host: vision.example.com}`."
    KEYS: ClassVar[tuple[str, ...]] = ("path", "host")

    def _read(self, value: object) -> ModelRoute:
        if isinstance(value, str):
            return ModelRoute(self._path(value))
        if not isinstance(value, dict):
            raise wrong("must be a path, or a mapping of path and host, not {written}", self.LIKE)
        for key in value:
            if key not in self.KEYS:
                meant = nearest(str(key), self.KEYS)
                known = f"Did you mean {meant}?" if meant else "Known here: path, host."
                raise wrong(f"has the unknown key {key}", known)
        host = value.get("host")
        return ModelRoute(self._path(value.get("path") or "/"), host and self._host(host))

    def _path(self, value: object) -> str:
        if not isinstance(value, str) or not value.startswith("/"):
            raise wrong("must be a path that begins with /", self.LIKE)
        if value != "/" and value.endswith("/"):
            raise wrong("the path ends with /", suggestion=f"Write {value.rstrip('/') or '/'}.")
        if not re.fullmatch(PATH, value):
            rule = "Use letters, digits, -, _, ~ and . in its parts, which no . begins."
            raise wrong("is not a path that can be routed", rule)
        return str(value)

    def _host(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(HOST, value.lower()):
            rule = "Write it without a port: vision.example.com, or *.example.com in quotes."
            raise wrong("the host is not the name of one", rule)
        return str(value.lower())

    def _schema(self) -> JsonSchemaValue:
        path = {"type": "string", "pattern": f"^({PATH})$"}
        host = {"type": "string", "pattern": f"^({HOST})$"}
        mapping = {
            "type": "object",
            "properties": {"path": path, "host": host},
            "patternProperties": {"^x-": {}},
            "additionalProperties": False,
        }
        return {"anyOf": [path, mapping]}

    def _describe(self) -> str:
        return "path, or mapping of `path` and `host`"


@dataclass(frozen=True)
class Words(Kind):
    """A list of texts like ``pattern``, which ``rule`` says in words; one alone needs no list."""

    pattern: str
    of: str
    rule: str

    def _read(self, value: object) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        if not items:
            raise wrong("is empty", f"Leave the key out, or {self.rule[0].lower()}{self.rule[1:]}")
        for item in items:
            if not isinstance(item, str) or not re.fullmatch(self.pattern, item):
                shown = (
                    f"`{str(item)[:60]}`" if isinstance(item, str | int | float) else "a mapping"
                )
                raise wrong(f"{shown} is not {self.of}", self.rule)
        return tuple(dict.fromkeys(str(item) for item in items))

    def _schema(self) -> JsonSchemaValue:
        one = {"type": "string", "pattern": f"^({self.pattern})$"}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}

    def _describe(self) -> str:
        return f"list, each {self.of}"


ALIASES = Words(
    ALIAS, of="another name for a model", rule="Write names of letters, digits, ., _ and -."
)
ORIGINS = Words(
    ORIGIN,
    of="the origin of web pages",
    rule='Write origins like https://app.example.com, "https://*.example.com" or "*".',
)
HEADER_NAMES = Words(r"[A-Za-z0-9-]+", of="the name of a header", rule="Write names like x-tenant.")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text
