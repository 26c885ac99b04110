from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.compose_files.amounts import seconds, size
from argosy.lint.project.amounts import shown_duration, shown_size, told_size


@given(st.integers(0, 10**7))
def test_a_shown_duration_is_read_as_what_it_was(value: int) -> None:
    assert seconds(shown_duration(value)) == value


@given(st.integers(0, 2**45))
def test_a_shown_size_is_read_as_what_it_was(value: int) -> None:
    assert size(shown_size(value)) == value


@pytest.mark.parametrize(
    ("given_seconds", "shown"),
    [(180, "3m"), (90, "90s"), (0, "0s"), (59.6, "1m"), (0.2, "0s"), (89.5, "90s"), (3600, "60m")],
)
def test_a_duration_is_in_minutes_where_that_is_exact(given_seconds: float, shown: str) -> None:
    assert shown_duration(given_seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown", "told"),
    [
        (16 * 1024**3, "16g", "17 GB"),
        (1536 * 1024**2, "1536m", "1.6 GB"),
        (340_000_000, "340000000", "340 MB"),
        (10_000, "10000", "10 kB"),
        (1024, "1k", "1.0 kB"),
        (999, "999", "999 bytes"),
    ],
)
def test_a_size_is_shown_exactly_and_told_roughly(count: int, shown: str, told: str) -> None:
    assert (shown_size(count), told_size(count)) == (shown, told)
