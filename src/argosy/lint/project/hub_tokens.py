"""Tokens of model hubs in the variables of services. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.project.service_parts import Variable

LITERAL = re.compile(r"\bhf_[A-Za-z0-9]{16,}")

_NAMES = re.compile(r"(HF|HUGGING_?FACE(_HUB)?|HUGGINGFACEHUB)(_API|_ACCESS)?_?TOKEN|HF_API_KEY")
_PLACEHOLDER = re.compile(
    r"<.*>|(your|change|replace|xxx|\.\.\.|hf_(x+|\.+|your)).*|none|null", re.IGNORECASE
)


def tokens(project: Project, *, written_down: bool) -> Iterator[tuple[Service, Variable]]:
    """The variables of model services that hold a token.

    It stands there itself where it is ``written_down``; else it is passed on from elsewhere.
    """
    for service in project.services:
        for variable in service.environment.values():
            is_meant = _is_written_down if written_down else _is_passed_on
            if is_meant(variable):
                yield service, variable


def _is_written_down(variable: Variable) -> bool:
    value = variable.value or ""
    if LITERAL.search(value):
        return True
    is_token = variable.literal and bool(_NAMES.fullmatch(variable.name))
    return is_token and bool(value) and not _PLACEHOLDER.fullmatch(value)


def _is_passed_on(variable: Variable) -> bool:
    if LITERAL.search(variable.value or "") or not _NAMES.fullmatch(variable.name):
        return False
    return variable.value is None or not variable.literal
