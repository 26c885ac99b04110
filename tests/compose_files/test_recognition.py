from __future__ import annotations

import time
from pathlib import Path

import pytest

from argosy.compose_files.recognition import is_compose

ROOT = Path(__file__).parents[2]
REAL = sorted((ROOT / "tests/imported/files").glob("*/*compose.y*ml"))
STACKS = sorted((ROOT / "examples").glob("*/argosy.yaml"))


@pytest.mark.parametrize("file", REAL, ids=lambda one: one.parent.name)
def test_real_compose_files_are_known(file: Path) -> None:
    assert is_compose(file.read_text())


@pytest.mark.parametrize("file", STACKS, ids=lambda one: one.parent.name)
def test_stack_files_are_none(file: Path) -> None:
    assert not is_compose(file.read_text())


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a:\n    image: b\n",
        "version: '3'\r\nservices:\r\n  a:\r\n    build: .\r\n",
        "\ufeffservices: {a: {image: b}}",
        '{"a": 1}\nservices:\n# c\n\n  a:\n    "image": b\n',
        "x-a: &a\n  image: b\nservices:\n  c:\n    <<: *a\n    build: {context: .}\n",
        "x-a: &a\n  image: b\nservices:\n  c:\n    <<: *a\n",
        "include:\n  - path: [a.yaml]\n",
        "include: [a.yaml, b.yml]\n",
        "include:\n- a/compose.yaml\n",
        "models:\n  llm:\n    model: ai/smollm2\nservices:\n  a:\n    image: b\n",
    ],
)
def test_compose_files_are_known(text: str) -> None:
    assert is_compose(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: b\n",
        "on: push\njobs:\n  test:\n    services:\n      redis:\n        image: redis\n",
        "apiVersion: v1\nkind: List\nservices:\n  a:\n    image: b\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: b\n",
        "services:\n  - postgres:14\n  - name: redis\n    image: redis\ntest:\n  script: [a]\n",
        "services:\n- docker\nimage: b\n",
        "include:\n  - local: /a.yml\nstages: [a]\n",
        "include: /a.yml\nbuild:\n  script: [make]\n",
        "models:\n  a: {code: ./a}\nservices:\n  b: {image: c}\n",
        "models:\n  a:\n    weights: ./a.onnx\nservices:\n  b:\n    image: c\n",
        "services:\n  a: {}\nother:\n  image: b\n",
        "# services:\n#   a: {image: b}\n",
    ],
)
def test_other_files_are_not(text: str) -> None:
    assert not is_compose(text)


@pytest.mark.parametrize(
    "piece", ["services:\n", " - a\n", "\n", "# c\n", "include: \n", "\r\n", " "]
)
def test_no_text_takes_long(piece: str) -> None:
    started = time.perf_counter()
    is_compose("services:\n" + piece * 100_000)
    is_compose("include:\n" + piece * 100_000)
    assert time.perf_counter() - started < 5
