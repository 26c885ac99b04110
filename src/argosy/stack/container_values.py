"""The kinds of values by which a stack file says what containers get. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic.json_schema import JsonSchemaValue

from argosy.stack.gateway_values import Words
from argosy.stack.kind import Kind, wrong
from argosy.stack.passed_on import AnyValue, KeyName

SERVICE = r"[a-zA-Z0-9][a-zA-Z0-9._-]*"  # compose-spec, services


@dataclass(frozen=True)
class CpuSet(Kind):
    """CPUs as Linux lists them (cpuset(7), List Format): ``0-3,8``."""

    ANY_TEXT: ClassVar[bool] = True
    PATTERN: ClassVar[str] = r"[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*"

    def _read(self, value: object) -> str:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not re.fullmatch(self.PATTERN, text):
            raise wrong("must be a list of CPUs, not {written}", 'Write it like "0-3,8".')
        for part in text.split(","):
            first, _, last = part.partition("-")
            if last and int(last) < int(first):
                raise wrong(f"{part} ends before it begins", suggestion=f"Write {last}-{first}.")
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": ["string", "integer"], "pattern": f"^{self.PATTERN}$"}

    def _describe(self) -> str:
        return "list of CPUs"


@dataclass(frozen=True)
class DeviceNames(Words):
    """GPUs by index, which needs no quotes, or by UUID."""

    def _read(self, value: object) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        return super()._read(
            [
                str(one) if isinstance(one, int) and not isinstance(one, bool) else one
                for one in items
            ]
        )

    def _schema(self) -> JsonSchemaValue:
        one = {"type": ["string", "integer"], "pattern": f"^({self.pattern})$"}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


@dataclass(frozen=True)
class ComposeService(Kind):
    """A service of the Compose specification; Compose itself checks what is in it."""

    ANY_TEXT: ClassVar[bool] = True

    def _read(self, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong("must be a mapping, not {written}", 'Write it like `{image: "redis:7"}`.')
        if "image" not in value and "build" not in value:
            raise wrong("has neither image nor build", "Say what to run: `image: redis:7`.")
        read: dict[str, Any] = AnyValue()._read(value)  # type: ignore[assignment]  # noqa: SLF001
        return read

    def _schema(self) -> JsonSchemaValue:
        return {"type": "object", "anyOf": [{"required": ["image"]}, {"required": ["build"]}]}

    def _describe(self) -> str:
        return "service of Compose"


GPU_DEVICES = DeviceNames(
    r"[0-9]{1,3}|(GPU|MIG)-[A-Za-z0-9/-]+",
    of="a GPU",
    rule="Name GPUs by index, or by UUID: `nvidia-smi -L` shows both.",
)
SECRETS = Words(
    r"[A-Za-z_][A-Za-z0-9_]*",
    of="the name of a secret",
    rule="Use letters, digits and _, no digit first.",
)
COMPANIONS = Words(SERVICE, of="the name of a service", rule="Name keys of `services`.")
SERVICE_NAME = KeyName(
    "redis", of="a service", pattern=SERVICE, rule="Use letters, digits, ., _ and -."
)
