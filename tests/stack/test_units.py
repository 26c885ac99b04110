from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.stack.units import UnitError, duration, show_duration, show_size, size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        ("0ms", 0),
        ("250ms", 0.25),
        ("1.5s", 1.5),
        ("1m500ms", 60.5),
    ],
)
def test_a_duration_is_read_as_seconds(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("512MiB", 512 * 1024**2),
        ("1GB", 10**9),
        ("1.5GiB", 3 * 512 * 1024**2),
        ("10kB", 10_000),
        ("7B", 7),
    ],
)
def test_a_size_is_read_as_bytes(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30", "30s"),
        ("30 s", "30s"),
        ("5min", "5m"),
        ("2 hours", "2h"),
        ("10S", "10s"),
        ("soon", ""),
        ("-1s", ""),
    ],
)
def test_what_is_no_duration_suggests_the_one_that_was_meant(text: str, meant: str) -> None:
    with pytest.raises(UnitError) as caught:
        duration(text)
    assert caught.value.suggestion == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("512", "512MiB"),
        ("512m", "512MiB"),
        ("1g", "1GiB"),
        ("512mb", "512MB"),
        ("1 GiB", "1GiB"),
        ("big", ""),
    ],
)
def test_what_is_no_size_suggests_the_one_that_was_meant(text: str, meant: str) -> None:
    with pytest.raises(UnitError) as caught:
        size(text)
    assert caught.value.suggestion == meant


@pytest.mark.parametrize("text", ["", "s", "30s5m", "1h1h", "30s\n", "٣s", "1e3s"])
def test_a_duration_has_its_units_once_and_in_order(text: str) -> None:
    with pytest.raises(UnitError):
        duration(text)


def test_shown_values_are_short() -> None:
    assert [show_duration(seconds) for seconds in (0, 30, 90, 5400, 0.25)] == [
        "0s",
        "30s",
        "1m30s",
        "1h30m",
        "250ms",
    ]
    assert [show_size(count) for count in (512 * 1024**2, 10**9, 7)] == ["512MiB", "1GB", "7B"]


@given(st.integers(0, 10**9))
def test_a_shown_duration_reads_back(milliseconds: int) -> None:
    assert duration(show_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.integers(0, 2**50))
def test_a_shown_size_reads_back(count: int) -> None:
    assert size(show_size(count)) == count
