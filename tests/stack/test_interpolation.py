from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.stack.interpolation import Interpolated, interpolate

ENVIRONMENT = {"HOST": "hub", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${HOST}", "hub"),
        ("http://${HOST}:${PORT:-80}/", "http://hub:80/"),
        ("${EMPTY}", ""),
        ("${EMPTY:-else}", "else"),
        ("${NONE:-}", ""),
        ("$${HOST} costs $$5 or $5", "${HOST} costs $5 or $5"),
        ("$$${HOST}$", "$hub$"),
    ],
)
def test_variables_are_filled_in(text: str, filled: str) -> None:
    assert interpolate(text, ENVIRONMENT) == (filled, ())


def test_only_text_with_variables_is_marked() -> None:
    assert isinstance(interpolate("${HOST}", ENVIRONMENT)[0], Interpolated)
    assert not isinstance(interpolate("$${HOST}", ENVIRONMENT)[0], Interpolated)


@pytest.mark.parametrize(
    ("text", "what", "occurrence"),
    [
        ("${NONE}", "the variable NONE is not set", 0),
        ("$${A} ${HOST} ${NONE}", "the variable NONE is not set", 2),
        ("${HOST", "${ is never closed", 0),
        ("${A:-${HOST}}", "a ${…} cannot stand inside another", 0),
        ("${}", "this is no reference to a variable", 0),
        ("${1A}", "this is no reference to a variable", 0),
        ("${A:?must}", "this is no reference to a variable", 0),
    ],
)
def test_a_faulty_reference_is_named(text: str, what: str, occurrence: int) -> None:
    faults = interpolate(text, ENVIRONMENT)[1]
    assert [(fault.what, fault.occurrence) for fault in faults] == [(what, occurrence)]


def test_every_faulty_reference_is_named() -> None:
    assert [fault.occurrence for fault in interpolate("${A}${HOST}${B}", ENVIRONMENT)[1]] == [0, 2]


@given(st.text(alphabet="${}:-AB1 "))
def test_no_text_breaks_it(text: str) -> None:
    filled, faults = interpolate(text, {"A": "1"})
    assert isinstance(filled, str)
    assert all(fault.occurrence < text.count("${") for fault in faults)
