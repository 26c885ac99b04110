from __future__ import annotations

import pytest

from argosy.compose_files.amounts import scalar, seconds, shown_size, size, whole


@pytest.mark.parametrize(
    ("text", "size"),
    [("16G", "16GiB"), ("512m", "512MiB"), ("1.5gb", "1536MiB"), ("1073741824", "1GiB"), ("x", "")],
)
def test_sizes_are_powers_of_1024_whatever_their_unit(text: str, size: str) -> None:
    assert shown_size(text) == size


@pytest.mark.parametrize(
    ("text", "time"), [("1m30s", 90.0), ("2h", 7200.0), ("500ms", 0.5), ("10", 10.0), ("1x", None)]
)
def test_times_are_read(text: str, time: float | None) -> None:
    assert seconds(text) == time


@pytest.mark.parametrize(
    ("text", "value"),
    [("8192", 8192), ("0.90", 0.9), ("-1", -1), ("007", "007"), ("1e5", "1e5"), ("true", "true")],
)
def test_a_word_is_a_number_only_where_nothing_is_lost(text: str, value: object) -> None:
    assert scalar(text) == value


@pytest.mark.parametrize("text", ["", "-1", "1.0", "²", "٣", "8x", " 8", "9" * 16, "9" * 5000])
def test_what_is_no_whole_number_is_none(text: str) -> None:
    assert whole(text) is None
    assert whole("008") == 8


@pytest.mark.parametrize("digits", ["9" * 16, "9" * 400, "9" * 5000, "²", "٣"])
def test_more_digits_than_any_amount_has_are_no_amount(digits: str) -> None:
    assert (size(f"{digits}g"), seconds(digits), seconds(f"{digits}s")) == (None, None, None)
