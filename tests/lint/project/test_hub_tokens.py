from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.hub_tokens import tokens
from argosy.lint.project.reading import read
from tests.lint.files import write
from tests.lint.one_service import vllm

TOKEN = "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"


@pytest.mark.parametrize(
    ("line", "is_written_down", "is_passed_on"),
    [
        (f"HF_TOKEN: {TOKEN}", True, False),
        (f"ANYTHING: {TOKEN}", True, False),
        ("HUGGING_FACE_HUB_TOKEN: secret-of-ours", True, False),
        ("HF_TOKEN: <your token>", False, False),
        ("HF_TOKEN: ${HF_TOKEN}", False, True),
        ("HF_TOKEN:", False, True),
        ("ANYTHING: ${HF_TOKEN}", False, False),
    ],
)
def test_a_token_is_written_down_or_passed_on(
    tmp_path: Path, line: str, is_written_down: bool, is_passed_on: bool
) -> None:
    write(tmp_path, {"compose.yaml": vllm(f"environment:\n  {line}")})
    project = read([tmp_path])
    written, passed = ([*tokens(project, written_down=one)] for one in (True, False))
    assert (bool(written), bool(passed)) == (is_written_down, is_passed_on)
