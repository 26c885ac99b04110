from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI317"
HUB = "command: --model org/model"
MOUNT = "model-cache:/root/.cache/huggingface"


@pytest.mark.parametrize(
    ("below", "line"),
    [
        (HUB, 2),
        (f"{HUB}\nvolumes: [./config:/config]", 5),
        (f"{HUB}\ntmpfs: /root/.cache", 2),
        (f"{HUB}\nenvironment: {{HF_HOME: /hub}}\nvolumes: [cache:/root/.cache]", 6),
        (f"{HUB} --download-dir /weights", 2),
    ],
)
def test_what_is_fetched_into_the_container_is_told(tmp_path: Path, below: str, line: int) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", line)]


@pytest.mark.parametrize(
    "below",
    [
        f"{HUB}\nvolumes: [{MOUNT}]",
        f"{HUB}\nvolumes: [hub:/root/.cache]",
        f"{HUB}\nvolumes: [{{type: volume, source: hub, target: /root/.cache/huggingface/hub}}]",
        f"{HUB}\nenvironment: [HF_HOME=/hub]\nvolumes: [./hub:/hub:rw]",
        f"{HUB} --download-dir /weights\nvolumes: [weights:/weights]",
        f"{HUB}\nenvironment: {{HF_HUB_OFFLINE: '1'}}",
        "command: --model /models/llama",
        "",
    ],
)
def test_a_volume_there_and_nothing_fetched_are_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found


def test_each_engine_has_a_place_of_its_own(tmp_path: Path) -> None:
    text = """
        services:
          a: {image: "ollama/ollama:0.12.6", volumes: ["m:/root/.ollama"]}
          b: {image: "ollama/ollama:0.12.6", volumes: ["m:/elsewhere"]}
          c: {image: "ghcr.io/huggingface/text-generation-inference:3", command: --model-id a/b}
        """
    report = lint_files(tmp_path, {"compose.yaml": text}, CODE)
    assert [one.finding.subject for one in report.found] == ["b", "c"]
    assert "/root/.ollama" in report.found[0].finding.what
    assert "/data" in report.found[1].finding.what


def test_a_program_that_loads_from_the_hub_is_seen(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  api: {build: .}\n",
        "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers\nCOPY app.py /\n",
        "app.py": 'from transformers import pipeline\npipeline("ner", model="a/b")\n',
    }
    assert lines(lint_files(tmp_path, files, CODE)) == [("compose.yaml", 2)]


def test_weights_that_the_build_has_fetched_are_not_fetched_again(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  api: {build: .}\n",
        "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers\n"
        "RUN hf download a/b\nCOPY app.py /\n",
        "app.py": 'from transformers import pipeline\npipeline("ner", model="a/b")\n',
    }
    assert not lint_files(tmp_path, files, CODE).found


@pytest.mark.parametrize(
    "image", ["onerahmet/openai-whisper-asr-webservice:v1.7.1", "ghcr.io/speaches-ai/speaches:0.8"]
)
def test_services_of_speech_fetch_their_model(tmp_path: Path, image: str) -> None:
    text = f"services:\n  speech: {{image: {image!r}}}\n"
    assert len(lint_files(tmp_path, {"compose.yaml": text}, CODE).found) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (vllm(HUB), vllm(f"{HUB}\nvolumes:\n  - {MOUNT}") + "volumes:\n  model-cache: {}\n"),
        (
            vllm(f"{HUB}\nvolumes: [a:/a]") + "volumes:\n  a:  # ours\n",
            vllm(f"{HUB}\nvolumes: [a:/a, {MOUNT}]")
            + "volumes:\n  a:  # ours\n  model-cache: {}\n",
        ),
        (
            vllm(f"{HUB}\nvolumes:\n  - a:/a  # a") + "volumes: {a: }\n",
            vllm(f"{HUB}\nvolumes:\n  - a:/a  # a\n  - {MOUNT}")
            + "volumes: {a: , model-cache: {}}\n",
        ),
    ],
)
def test_a_named_volume_is_mounted_when_asked(tmp_path: Path, before: str, after: str) -> None:
    lint_files(tmp_path, {"compose.yaml": before})
    assert mended(tmp_path, CODE, unsafe=True) == {"compose.yaml": after}
