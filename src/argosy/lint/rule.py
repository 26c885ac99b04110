"""The rules there are: one module each in `rules`, found by looking into that folder.

A rule's module is named by the bad thing, and its name is the rule's slug. It has

- a docstring, its manual: the first line is its title; sections ``Why``, ``Example``, ``Instead``
  and ``Source`` follow, each with its name and a colon on a line of its own;
- ``CODE``, as ``AI305``, and ``SEVERITY``, which a finding of it may override;
- ``FIX``, ``"safe"`` or ``"unsafe"``, where its findings may carry edits: safe where the service
  behaves as before, but for what the rule is about;
- ``MEASURED = True`` where it is silent without measured or declared facts;
- ``check(project)``, which yields `Finding`s. It is pure: it looks at the project and nothing else.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Literal

from argosy.errors import UsageError
from argosy.lint import rules as folder
from argosy.lint.finding import Finding, Severity
from argosy.lint.project.project import Project
from argosy.nearest import nearest

_SECTION = re.compile(r"^(Why|Example|Instead|Source):[ \t]*\n?", re.MULTILINE)
MOST_MEANT = 3  # codes that a word may have been meant for


@dataclass(frozen=True)
class Rule:
    """One rule; ``sections`` of its manual by their names, in order."""

    code: str
    slug: str
    severity: Severity
    title: str
    sections: dict[str, str]
    check: Callable[[Project], Iterator[Finding]]
    fix: Literal["safe", "unsafe"] | None = None
    measured: bool = False


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule there is, sorted by code."""
    names = (name for _, name, _ in pkgutil.iter_modules(folder.__path__))
    modules = (importlib.import_module(f"{folder.__name__}.{name}") for name in names)
    return tuple(sorted((_rule(one) for one in modules), key=lambda rule: rule.code))


def named(word: str) -> tuple[Rule, ...]:
    """The rules that a code, the start of a code (``AI3``) or a slug names.

    Raises UsageError where it names none.
    """
    wanted = word.strip()
    slug = wanted.lower().replace("_", "-")
    found = tuple(
        rule
        for rule in rules()
        if rule.slug == slug
        or (re.fullmatch(r"AI[0-9]{0,3}", wanted.upper()) and rule.code.startswith(wanted.upper()))
    )
    if not found:
        slugs = (rule.slug for rule in rules())
        close = " or ".join(_codes_beside(wanted.upper())) or nearest(slug, slugs)
        step = f"Did you mean {close}?" if close else "`argosy lint --explain all` lists them."
        raise UsageError(f"there is no rule `{wanted}`", next_step=step)
    return found


def _codes_beside(wanted: str) -> list[str]:
    """The codes that differ in one character, if they are few: what only looks alike is another."""
    codes = (rule.code for rule in rules() if len(rule.code) == len(wanted))
    beside = [code for code in codes if sum(map(str.__ne__, code, wanted)) == 1]
    return beside if len(beside) <= MOST_MEANT else []


def _rule(module: ModuleType) -> Rule:
    title, sections = manual(inspect.getdoc(module) or "")
    return Rule(
        module.CODE,
        module.__name__.rpartition(".")[2].replace("_", "-"),
        module.SEVERITY,
        title,
        sections,
        module.check,
        getattr(module, "FIX", None),
        getattr(module, "MEASURED", False),
    )


def manual(docstring: str) -> tuple[str, dict[str, str]]:
    """The title of a docstring and its sections; what stands before them is ``What``."""
    title, _, rest = docstring.partition("\n")
    parts = _SECTION.split(rest)
    sections = {"What": parts[0].strip("\n")}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        sections[name] = _block(text)
    return title.strip(), {name: text for name, text in sections.items() if text.strip()}


def _block(text: str) -> str:
    return inspect.cleandoc("\n" + text).strip("\n")
