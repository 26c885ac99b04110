"""What a file says that configures the linter: `.argosy-lint.yaml`, or `[tool.argosy.lint]` in
`pyproject.toml`. Reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from argosy.errors import FileMistakes, LintConfigurationError, Problem
from argosy.lint.configuration_shape import (
    NO_THRESHOLD,
    OFF,
    ConfigurationShape,
    FactsShape,
    ServiceFactsShape,
)
from argosy.lint.finding import Severity
from argosy.lint.project.facts import Facts, ServiceFacts, Thresholds
from argosy.lint.project.toml_text import read_toml
from argosy.lint.rule import named
from argosy.lint.settings import Settings
from argosy.stack import document as documents
from argosy.stack.document import Document, Form, Place
from argosy.stack.mistakes import conform

TABLE = ("tool", "argosy", "lint")
_LIKE = "Write keys like `ignore: AI305`."
_FORM = Form("lint configuration", _LIKE, _LIKE)
_HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(#.*)?")
_ENTRY = re.compile(r"""\s*(?P<key>[A-Za-z0-9_.\-"' ]+?)\s*=\s*(?P<value>.*)""")


def read(file: Path) -> Settings:
    """What a file says. Raises LintConfigurationError with every mistake in it."""
    try:
        text = file.read_bytes().decode()
    except OSError as error:
        what = f"the lint configuration cannot be read: {error.strerror}"
        raise LintConfigurationError((Problem(_near(file), 1, 1, "", what),)) from error
    except UnicodeDecodeError as error:
        problem = Problem(_near(file), 1, 1, "", "the file is not UTF-8", "Save it as UTF-8.")
        raise LintConfigurationError((problem,)) from error
    return parse(text, file)


def parse(text: str, file: Path) -> Settings:
    """What a text says; like `read`."""
    near = _near(file)
    if file.suffix == ".toml":
        document = _toml(text, near)
    elif _says_nothing(text):
        document = Document(near, text)
    else:
        document = documents.read(text, near, None, _FORM)
    shape = conform(document, ConfigurationShape)
    if document.problems:
        raise LintConfigurationError(tuple(document.problems))
    return _settings(shape)


def _settings(shape: ConfigurationShape) -> Settings:
    severities, off = _severities(shape.severity)
    threshold = shape.failure_threshold
    return Settings(
        select=shape.select or (),
        ignore=(*(shape.ignore or ()), *off),
        severities=severities,
        per_path=shape.per_path,
        exclude=shape.exclude or (),
        facts=_facts(shape.facts),
        thresholds=Thresholds(**shape.thresholds.model_dump()),
        failure_threshold=None if threshold == NO_THRESHOLD else cast("Severity", threshold),
        ignores_need_reason=shape.ignores.need_reason,
        ignores_allowed=shape.ignores.allowed,
        ignores_report_unused=shape.ignores.report_unused,
    )


def _severities(written: Mapping[str, str]) -> tuple[dict[str, Severity], list[str]]:
    """By code, and what is off. A rule that is named itself goes before the start of its code."""
    levels: dict[str, str] = {}
    for name in sorted(written, key=lambda name: -len(named(name))):
        levels |= {rule.code: written[name] for rule in named(name)}
    off = [code for code, level in levels.items() if level == OFF]
    kept = {code: cast("Severity", level) for code, level in levels.items() if level != OFF}
    return kept, off


def _facts(shape: FactsShape) -> Facts:
    return Facts(
        shape.driver,
        shape.compute_capability,
        _of_service(shape),
        {name: _of_service(one) for name, one in shape.services.items()},
    )


def _of_service(shape: ServiceFactsShape) -> ServiceFacts:
    return ServiceFacts(shape.cold_start, shape.drain, shape.memory_p99)


def _says_nothing(text: str) -> bool:
    """Whether there are only comments, as in a file that begins with every key commented out."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def _near(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


# TOML: its parser gives values without places, which are looked for in the text -----------------


def _toml(text: str, file: Path) -> Document:
    document = Document(file, text)
    try:
        told: object = read_toml(text, file)
    except FileMistakes as error:
        document.problems += error.problems
        return document
    for key in TABLE:
        told = told.get(key, {}) if isinstance(told, dict) else {}
    document.data = told if isinstance(told, dict) else {}
    document.places |= dict(_places(text))
    return document


def _places(text: str) -> Iterator[tuple[documents.Keys, Place]]:
    """Of the keys below the linter's table; of what stands in one line, the line's key is known."""
    around: tuple[str, ...] = ()
    start = 0
    for line in text.splitlines(keepends=True):
        header, entry = _HEADER.fullmatch(line.rstrip()), _ENTRY.match(line.rstrip())
        if header:
            around = _keys(header["name"])
            if around[: len(TABLE)] == TABLE:
                at = start + header.start("name")
                yield around[len(TABLE) :], Place(at, at, "a mapping")
        elif entry and around[: len(TABLE)] == TABLE:
            path = (*around[len(TABLE) :], *_keys(entry["key"]))
            written = entry["value"] or "a value"
            yield path, Place(start + entry.start("key"), start + entry.start("value"), written)
        start += len(line)


def _keys(dotted: str) -> tuple[str, ...]:
    found = re.findall(r"""\s*("[^"]*"|'[^']*'|[^.\s"']+)\s*\.?""", dotted)
    return tuple(one.strip("\"'") for one in found)
