"""A function of your own: `module:function`, from a file beside the stack file, or installed.

It is called with what was answered and what was expected, and returns a number from 0 to 1, or a
truth value. Keys beside it are further arguments. It runs in Argosy's own Python, not in a model's.
What it raises is the reason of a score of 0, and so is taking longer than ten seconds. A file is
read when scoring begins.

    def grade(answer, expected, strict=False):  # in checks.py
        return answer["total"] == expected
    scorer: {"checks:grade": {strict: true}}
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from argosy.errors import ArgosyError
from argosy.scorers.reading.options import Mapping, Text

OPTIONS = {
    "call": Text("The function, `module:function`; needed."),
    "arguments": Mapping("Further arguments by name."),
}

SECONDS = 10.0


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """What the function returns; it may raise anything."""
    value: float = options["function"](answer, expected, **options.get("arguments", {}))
    return value


def needs_expected(options: dict[str, Any]) -> bool:  # noqa: ARG001
    """Some need none."""
    return False


def wrong_options(options: dict[str, Any]) -> str:
    """What cannot name a function."""
    if "call" not in options:
        return "needs the option `call`, such as `checks:grade`"
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", options["call"]):
        return "names no function; write it like `checks:grade`"
    return ""


def prepare(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """With the function itself. Raises `ArgosyError` where it cannot be imported."""
    module_name, _, function_name = options["call"].partition(":")
    found = getattr(_module(module_name, folder), function_name, None)
    if callable(found):
        return {**options, "function": found}
    raise ArgosyError(
        f"{module_name} has no function {function_name}",
        where=options["call"],
        next_step="`scorer` is written `module:function`.",
    )


def _module(name: str, folder: Path) -> ModuleType:
    """That of the file beside the stack file, anew each time; else an installed one."""
    file = folder.joinpath(*name.split(".")).with_suffix(".py")
    try:
        return _of_file(file, name) if file.is_file() else importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in {name, name.partition(".")[0]}:
            raise _broken(name, error) from error
        raise ArgosyError(
            f"no {file.name} is beside the stack file, and no module {name} is installed",
            where=str(file),
            next_step="Write it, or correct `scorer`.",
        ) from error
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from error


def _of_file(file: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    place = str(file.parent)
    sys.path.insert(0, place)  # for what lies beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(place)
    return module


def _broken(name: str, error: BaseException) -> ArgosyError:
    return ArgosyError(
        f"{name} cannot be imported: {type(error).__name__}: {error}", where=f"scorer {name}"
    )
