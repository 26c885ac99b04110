"""JSON in and out of a Python model: what ``json`` lacks for the values that models return."""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any


class BadOutput(Exception):
    """The model returned something that JSON cannot carry."""


def default(value: Any) -> Any:
    """numpy and torch values, dataclasses, sets, paths, times and bytes, as JSON knows them."""
    if hasattr(value, "tolist"):
        return value.tolist()  # numpy arrays and scalars, torch tensors
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    dataclasses = sys.modules.get("dataclasses")  # a dataclass's module has imported it
    if dataclasses is not None and dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump()  # pydantic
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(value, enum.Enum):
        return value.value
    raise TypeError(f"a {type(value).__module__}.{type(value).__qualname__} cannot be JSON")


_encode = json.JSONEncoder(default=default, allow_nan=False, ensure_ascii=False).encode


def encode(value: object) -> bytes:
    """Raises `BadOutput` with the reason."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError as error:
        raise BadOutput("a text that is not Unicode (a lone surrogate)") from error
    except ValueError as error:
        if "not JSON compliant" in str(error):
            raise BadOutput("NaN or infinity, which JSON cannot carry") from error
        raise BadOutput(str(error)) from error
    except (TypeError, RecursionError) as error:
        raise BadOutput(str(error)) from error
