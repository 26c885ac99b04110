"""Dockerfiles in the manner of real ones, each with the outline that it must come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from tests.dockerfiles.outline import outline

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.Dockerfile"))


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


def test_there_are_forty_of_them() -> None:
    assert len(CORPUS) >= 40


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_dockerfile_comes_to_its_outline(path: Path) -> None:
    expected = path.with_suffix(".outline").read_text()
    assert outline(parse(text_of(path), path)) == expected
