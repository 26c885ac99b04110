"""The one question both sides are asked: a real handwritten three of examples/desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from argosy.errors import ArgosyError
from benchmarks.servers import DESK


def write_question(folder: Path) -> Path:
    """The body of every request, as a client would send it: JSON without blanks."""
    question = json.loads((DESK / "inputs" / "three.json").read_text())
    body = folder / "question.json"
    body.write_text(json.dumps(question, separators=(",", ":")))
    return body


def pixels() -> list[float]:
    """The 64 numbers of the question."""
    found: list[float] = json.loads((DESK / "inputs" / "three.json").read_text())["input"]
    return found


def write_questions(folder: Path) -> dict[str, Path]:
    """The same question in the form of each peer that has its own."""
    tensor = {"name": "pixels", "shape": [1, 64], "datatype": "FP32", "data": pixels()}
    forms = {"bentoml": {"input": [pixels()]}, "mlserver": {"inputs": [tensor]}}
    files = {}
    for name, form in forms.items():
        files[name] = folder / f"{name}.json"
        files[name].write_text(json.dumps(form, separators=(",", ":")))
    return files


READ_LABEL: dict[str, Callable[[Any], int]] = {
    "argosy": lambda answer: answer["output"]["label"],
    "bentoml": lambda answer: answer[0]["label"],
    "litserve": lambda answer: answer["output"]["label"],
    "mlserver": lambda answer: answer["outputs"][0]["data"][0],
}


def same_label(argosy: str, body: Path, peer: str, url: str, peer_body: Path) -> None:
    """Of peers that write their answers otherwise: both must read the same digit."""
    ours = READ_LABEL["argosy"](_ask(argosy, body))
    theirs = READ_LABEL[peer](_ask(url, peer_body))
    if ours != theirs:
        raise ArgosyError(f"the two sides disagree: {ours} and {theirs}", where=url)


def same_answer(argosy: str, peer: str, body: Path) -> None:
    """Two servers are compared only when they answer the same question the same way."""
    ours, theirs = (_rounded(_ask(url, body)) for url in (argosy, peer))
    if ours != theirs:
        raise ArgosyError(f"the two sides disagree: {ours} and {theirs}", where=argosy)


def _rounded(answer: object) -> object:
    """Both print the same float32, one of them perhaps with the digits of a float64."""
    if isinstance(answer, dict):
        return {key: _rounded(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_rounded(value) for value in answer]
    return round(answer, 6) if isinstance(answer, float) else answer


def _ask(url: str, body: Path) -> object:
    headers = {"content-type": "application/json"}
    answer = httpx.post(url, content=body.read_bytes(), headers=headers, trust_env=False)
    if not answer.is_success:
        raise ArgosyError(f"{answer.status_code} {answer.text}", where=url)
    return answer.json()
