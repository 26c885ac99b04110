from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI304"
IMAGE = "FROM vllm/vllm-openai:v0.11.0\n"
BUILT = "services:\n  llm: {build: .}\n"


@pytest.mark.parametrize(
    ("below", "line"),
    [("", 2), ("healthcheck: {disable: true}", 4), ('healthcheck:\n  test: ["NONE"]', 4)],
)
def test_a_service_without_a_check_is_told(tmp_path: Path, below: str, line: int) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", line)]


@pytest.mark.parametrize(
    "image", ["localai/localai:v3", "ghcr.io/ggml-org/llama.cpp:server", "redis:7"]
)
def test_images_with_a_check_of_their_own_are_fine(tmp_path: Path, image: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(image=image)}, CODE).found


def test_a_check_of_the_built_image_counts_also_of_the_stage_below(tmp_path: Path) -> None:
    dockerfile = "FROM vllm/vllm-openai:v0.11.0 AS base\nHEALTHCHECK CMD ask\nFROM base\nUSER 1\n"
    files = {"compose.yaml": BUILT, "Dockerfile": dockerfile}
    assert not lint_files(tmp_path, files, CODE).found


def test_what_compose_builds_is_told_at_the_service_and_what_nobody_builds_at_from(
    tmp_path: Path,
) -> None:
    files = {"compose.yaml": BUILT, "Dockerfile": IMAGE, "other/Dockerfile": f"# a\n{IMAGE}"}
    report = lint_files(tmp_path, files, CODE)
    assert lines(report) == [("compose.yaml", 2), ("Dockerfile", 2)]


def test_a_check_that_the_image_switches_off_is_none(tmp_path: Path) -> None:
    files = {"compose.yaml": BUILT, "Dockerfile": f"{IMAGE}HEALTHCHECK NONE\n"}
    assert lines(lint_files(tmp_path, files, CODE)) == [("Dockerfile", 2)]
    assert lines(lint_files(tmp_path / "alone", {"Dockerfile": files["Dockerfile"]}, CODE))


def test_an_engine_gets_a_check_at_its_port_when_asked(tmp_path: Path) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm("command: --port 8001  # ours")}, CODE)
    assert mended(tmp_path, CODE, unsafe=True) == {
        "compose.yaml": vllm(
            """
            command: --port 8001  # ours
            healthcheck:
              test: ["CMD", "python3", "-c", "import urllib.request as u; u.urlopen('http://localhost:8001/health', timeout=5)"]
              interval: 30s
              timeout: 10s
              retries: 3
              start_period: 300s
              start_interval: 5s
            """  # noqa: E501
        )
    }


@pytest.mark.parametrize(
    "image", ["ghcr.io/huggingface/text-embeddings-inference:1.8", "my/model-server:1"]
)
def test_no_check_is_written_for_images_without_python_or_unknown_ones(
    tmp_path: Path, image: str
) -> None:
    assert lint_files(tmp_path, {"compose.yaml": vllm(image=image)}, CODE).found
    assert mended(tmp_path, CODE, unsafe=True) == {"compose.yaml": vllm(image=image)}
