"""Comments that silence nothing: a rule that is none, a sign that is missing, no finding. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from argosy.errors import Problem, UsageError
from argosy.lint.ignores import Ignore, Ignores
from argosy.lint.project.source import Source
from argosy.lint.rule import Rule, named

_FORM = "Write `# argosy ignore=AI301 reason`."
# What was meant as such a comment: without `=`, without a rule, or with a colon in between.
_ALIKE = re.compile(
    r"(?<!`)#[ \t]*argosy[ \t]*:?[ \t]*(?:global[ \t]+)?ignores?\b[ \t]*(?P<sign>[=:]?)[ \t]*"
    r"(?P<word>[\w-]*)"
)


def notes(
    ignores: Mapping[Path, Ignores],
    silenced: Iterable[tuple[Rule, Path, int]],
    rules: Iterable[Rule],
    *,
    unused: bool,
) -> Iterator[Problem]:
    """What is wrong with comments; with ``unused`` also which of them silence nothing.

    ``silenced`` are rules with the file and line of a finding, ``rules`` those that were used.
    """
    for each in ignores.values():
        yield from _malformed(each)
        for comment in each.every:
            for name in comment.names:
                try:
                    named(name)
                except UsageError as error:
                    yield _note(each.source, comment.start, error.what, error.next_step or "")
    if unused:
        yield from _unused(ignores, silenced, tuple(rules))


def _malformed(ignores: Ignores) -> Iterator[Problem]:
    if "argosy" not in ignores.source.text:
        return
    known = {comment.start for comment in ignores.every}
    for found in _ALIKE.finditer(ignores.source.text):
        if found.start() in known or not (found["sign"] == "=" or _is_rule(found["word"])):
            continue
        what = "this comment silences nothing: no rule follows an `=`"
        yield _note(ignores.source, found.start(), what, _FORM)


def _is_rule(word: str) -> bool:
    """Whether a word names a rule, or nothing at all stands there."""
    try:
        return not word or bool(named(word))
    except UsageError:
        return bool(re.fullmatch(r"AI\d+", word))


def _unused(
    ignores: Mapping[Path, Ignores],
    silenced: Iterable[tuple[Rule, Path, int]],
    rules: tuple[Rule, ...],
) -> Iterator[Problem]:
    """Names of rules that looked and found nothing there; those by facts may lack their facts."""
    used: set[tuple[Path, int, str]] = set()
    for rule, file, line in silenced:
        comment = ignores[file].silencing(rule.code, rule.slug, line)
        if comment is not None:
            used |= {(file, comment.start, name) for name in comment.names if rule in _named(name)}
    for file, each in ignores.items():
        for comment in each.every:
            for name in comment.names:
                meant = _named(name)
                looked = all(rule in rules and not rule.measured for rule in meant)
                if meant and looked and (file, comment.start, name) not in used:
                    what = f"`{name}` is silenced, and nothing of it is found here"
                    yield _note(each.source, comment.start, what, _removal(comment))


def _named(name: str) -> tuple[Rule, ...]:
    try:
        return named(name)
    except UsageError:
        return ()


def _removal(comment: Ignore) -> str:
    return "Take its name out." if len(comment.names) > 1 else "Take the comment out."


def _note(source: Source, index: int, what: str, next_step: str) -> Problem:
    return Problem(source.file, *source.position(index), "", what, next_step)
