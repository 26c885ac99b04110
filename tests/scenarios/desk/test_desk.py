"""The example, end to end: four models whose pins conflict, each answering what it should."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.scenarios.stack import StackUnderTest

ROOT = Path(__file__).parents[3]
DESK = ROOT / "examples" / "desk"
ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StackUnderTest]:
    under_test = StackUnderTest(tmp_path / "desk")
    shutil.copytree(DESK, under_test.folder, ignore=shutil.ignore_patterns(".argosy"))
    monkeypatch.setenv("DESK_PORT", str(under_test.port))
    under_test.up()
    yield under_test
    under_test.end()


def test_every_model_of_the_desk_answers_its_known_answer(desk: StackUnderTest) -> None:
    assert desk.call("sentiment", "what a lovely day").json() == {
        "output": {"label": "positive", "score": 0.5859}
    }
    number = desk.call("numbers", {"low": 1, "high": 6}).json()["output"]["number"]
    assert number in range(1, 7)

    for name, label in (("three", 3), ("seven", 7)):
        body = (DESK / "inputs" / f"{name}.json").read_bytes()
        answer = httpx.post(f"{desk.url}/api/digits", content=body).json()["output"]
        assert answer["label"] == label
        assert len(answer["probabilities"]) == 10
        assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)

    source = (DESK / "inputs" / "greet.rs").read_bytes()
    octets = {"content-type": "application/octet-stream"}
    answer = httpx.post(f"{desk.url}/api/filetype", content=source, headers=octets).json()
    assert answer["output"]["label"] == "rust"

    (desk.folder / "dot.png").write_bytes(ONE_PIXEL)
    called = desk.argosy("call", "filetype", "dot.png")
    assert called.code == 0, called.err
    assert json.loads(called.out)["output"]["label"] == "png"

    wrong = desk.call("digits", [1, 2, 3])
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"
    assert "64" in wrong.json()["detail"]

    for model in desk.status()["models"]:
        replica = httpx.get(f"{desk.url}/models/{model['name']}/ready")
        assert replica.json()["ready"]
    assert httpx.get(f"{desk.url}/ready").status_code == 200


def test_pins_that_conflict_live_side_by_side(desk: StackUnderTest) -> None:
    home = Path(os.environ["ARGOSY_HOME"])
    versions = set()
    for metadata in home.glob("environments/*/lib/python*/site-packages/onnxruntime-*.dist-info"):
        versions.add(metadata.name.split("-")[1].removesuffix(".dist"))
    assert len(versions) >= 2
    assert any(version.startswith("1.17.") for version in versions)
    listed = json.loads(desk.argosy("env", "--json").out)
    assert len(listed) >= 4
    assert desk.argosy("env", "prune").code == 0
    assert len(json.loads(desk.argosy("env", "--json").out)) >= 4


@pytest.fixture
def digits(tmp_path: Path) -> Iterator[StackUnderTest]:
    """The model digits of the desk alone."""
    under_test = StackUnderTest(tmp_path / "desk")
    shutil.copytree(DESK, under_test.folder, ignore=shutil.ignore_patterns(".argosy"))
    declared = (DESK / "argosy.yaml").read_text()
    found = re.search(r"^  digits:.*?^$", declared, re.MULTILINE | re.DOTALL)
    assert found
    under_test.write(textwrap.dedent(found.group()))
    under_test.up()
    yield under_test
    under_test.end()


def test_a_worse_revision_of_digits_is_refused_as_the_readme_shows(digits: StackUnderTest) -> None:
    shown = re.search(
        r"### A worse model is refused.*?```console\n(.*?)```",
        (ROOT / "README.md").read_text(),
        re.DOTALL,
    )
    assert shown
    shutil.copy(DESK / "revisions" / "worse.onnx", digits.folder / "weights" / "digits.onnx")
    refused = digits.argosy("up", "-d")
    status = digits.argosy("rollout", "status", "digits")
    assert (refused.code, status.code) == (1, 0), status.err
    said = refused.err + f"{refused.code}\n" + status.out
    missing = [
        line
        for line in shown.group(1).splitlines()
        if not line.startswith("$") and _numberless(line) not in _numberless(said).splitlines()
    ]
    assert missing == []


def test_better_and_equal_revisions_of_digits_take_over(digits: StackUnderTest) -> None:
    for number, name in ((2, "equal"), (3, "better")):
        shutil.copy(DESK / "revisions" / f"{name}.onnx", digits.folder / "weights" / "digits.onnx")
        digits.up()
        assert digits.model("digits")["serving"] == number


def _numberless(text: str) -> str:
    """The text without what differs from run to run, and without spaces at the ends of lines."""
    kept = re.sub(r"[0-9]+([.:-][0-9]+)*", "N", re.sub("[█·]+", "BAR", text))
    return "\n".join(line.rstrip() for line in kept.splitlines())
