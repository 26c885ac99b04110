from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from argosy.gateway.recordings import Recorded
from argosy.stack.model import Shadow
from argosy.supervisor.rollouts.differing import Differing

MEBIBYTE = 1 << 20


def recorded(revision: int, body: object, request: object = None) -> Recorded:
    content = json.dumps(body).encode()
    asked = bytearray(json.dumps(request).encode() if request else b"")
    return Recorded(
        id="q1",
        revision=revision,
        path="/predict?key=x",
        request=asked,
        status=200,
        body=bytearray(content),
        length=len(content),
        ended=True,
    )


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def pair(size: int = 1) -> tuple[Recorded, Recorded, str]:
    request = {"input": "secret", "n": 1}
    return recorded(1, {"output": "a" * size}), recorded(2, {"output": "b"}, request), "differ"


def test_without_bodies_only_outlines_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "rollouts" / "m.r2-1.shadow.jsonl"
    Differing(file, "m", Shadow()).add([pair()])
    (line,) = lines(file)
    assert (line["id"], line["path"], line["reason"]) == ("q1", "/predict", "differ")
    assert line["after"]["revision"] == 2
    assert "secret" not in file.read_text()
    assert "output" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_bodies_are_kept_without_the_fields_to_redact(tmp_path: Path) -> None:
    file = tmp_path / "m.r2-1.shadow.jsonl"
    Differing(file, "m", Shadow(keep_bodies=True, redact=("input",))).add([pair(), pair()])
    first, _ = lines(file)
    assert first["request"] == {"input": "[redacted]", "n": 1}
    assert first["before"]["body"] == {"output": "a"}
    assert first["after"]["body"] == {"output": "b"}


def test_all_files_of_a_model_are_bounded_together_and_the_oldest_go(tmp_path: Path) -> None:
    settings = Shadow(keep_bodies=True, most=MEBIBYTE)
    for rollout in range(1, 5):
        file = tmp_path / f"m.r{rollout}-{rollout}.shadow.jsonl"
        Differing(file, "m", settings).add([pair(60_000)] * 20)
        kept = list(tmp_path.glob("m.*"))
        assert file in kept
        assert sum(one.stat().st_size for one in kept) <= MEBIBYTE
    assert not (tmp_path / "m.r1-1.shadow.jsonl").exists()
