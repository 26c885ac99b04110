"""What is told of that nginx does not do."""

from __future__ import annotations

from pathlib import Path

from argosy.export.losses import BOUNDS, KEYS, REVISIONS, losses
from tests.export.stacks import EVERYTHING, declare


def test_a_stack_without_wishes_loses_releases_and_bounds(tmp_path: Path) -> None:
    assert losses(declare(tmp_path, "models: {one: {code: ./code}}")) == [REVISIONS, BOUNDS]


def test_each_wish_that_is_not_fulfilled_is_told(tmp_path: Path) -> None:
    first, *told, _, _ = losses(declare(tmp_path, EVERYTHING))
    assert first == KEYS
    assert [one.split(":")[0] for one in told] == [
        "gateway.limits.tokens_per_minute",
        "gateway.limits.per_key",
        "Limits",
    ]


def test_questions_that_nobody_asks_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    stack = declare(tmp_path, "models: {one: {code: ./code, probe: {suite: a.jsonl}}}")
    assert losses(stack)[0] == "models.one.probe: nobody asks its questions."
