from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI316"
BASE = "FROM vllm/vllm-openai:v0.11.0\n"


@pytest.mark.parametrize(
    "below",
    [
        "environment: {VLLM_LOGGING_LEVEL: DEBUG}",
        "environment: [LOG_LEVEL=debug]",
        "environment: {LOG_LEVEL: '${LOG_LEVEL:-trace}'}",
        "environment: {OLLAMA_DEBUG: '1'}",
        "environment: {DEBUG: true}",
        "environment: {RUST_LOG: 'text_generation_router=debug,info'}",
        "environment: {VLLM_TRACE_FUNCTION: 1}",
        "command: --uvicorn-log-level debug",
        "command: [--log-level=trace]",
        "command: [--log_level=DEBUG]",
        "command: [--log-verbose, '2']",
    ],
)
def test_levels_and_switches_for_debugging_are_told(tmp_path: Path, below: str) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", 4)]


@pytest.mark.parametrize(
    "below",
    [
        "environment: {VLLM_LOGGING_LEVEL: INFO, LOG_LEVEL: , OLLAMA_DEBUG: '0', DEBUG: false}",
        "environment: [LOG_LEVEL]",
        "environment: {NCCL_DEBUG: INFO, MODE: debug, DEBUG_PORT: 1}",
        "environment: {LOG_LEVEL: '${LOG_LEVEL}'}",
        "command: --log-level info --log-verbose 0 --debug-port 1",
    ],
)
def test_quiet_ones_and_other_words_are_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found


def test_an_env_file_is_read_unless_the_service_overrides_it(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """
            services:
              a:
                image: vllm/vllm-openai:v0.11.0
                env_file: common.env
              b:
                image: vllm/vllm-openai:v0.11.0
                env_file: [common.env]
                environment: {LOG_LEVEL: info}
            """,
        "common.env": "LOG_LEVEL=DEBUG\n",
    }
    assert lines(lint_files(tmp_path, files, CODE)) == [("compose.yaml", 4)]


def test_an_image_is_read_unless_all_its_services_override_it(tmp_path: Path) -> None:
    files = {
        "a/Dockerfile": f"{BASE}ENV A=b \\\n    LOG_LEVEL=debug\nENV OLLAMA_DEBUG 1\n",
        "b/Dockerfile": f"{BASE}ENV LOG_LEVEL=debug\n",
        "compose.yaml": "services: {b: {build: b, environment: {LOG_LEVEL: info}}}\n",
    }
    report = lint_files(tmp_path, files, CODE)
    assert lines(report) == [("Dockerfile", 3), ("Dockerfile", 4)]
    new = f"{BASE}ENV A=b \\\n    LOG_LEVEL=info\nENV OLLAMA_DEBUG 0\n"
    assert mended(tmp_path, CODE) == {**dict(sorted(files.items())), "a/Dockerfile": new}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'environment:\n  VLLM_LOGGING_LEVEL: "DEBUG"  # a\n  DEBUG: true',
            'environment:\n  VLLM_LOGGING_LEVEL: "INFO"  # a\n  DEBUG: false',
        ),
        ("environment:\n  - LOG_LEVEL=debug", "environment:\n  - LOG_LEVEL=info"),
        ("environment: {OLLAMA_DEBUG: '1'}", "environment: {OLLAMA_DEBUG: '0'}"),
        ("command: a --log-level debug", "command: a --log-level info"),
        ("command: ['--log-level=debug', b]", "command: ['--log-level=info', b]"),
        ("environment: [LOG_LEVEL=$LEVEL_debug]", "environment: [LOG_LEVEL=$LEVEL_debug]"),
    ],
)
def test_the_level_is_set_where_it_is_written(tmp_path: Path, before: str, after: str) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm(before)})
    assert mended(tmp_path, CODE) == {"compose.yaml": vllm(after)}


def test_what_other_services_share_is_told_and_not_edited(tmp_path: Path) -> None:
    text = """
        x-environment: &environment {LOG_LEVEL: debug}
        services:
          llm: {image: "vllm/vllm-openai:v0.11.0", environment: {<<: *environment, A: b}}
          app: {image: my/app:1, environment: *environment}
        """
    assert lint_files(tmp_path, {"compose.yaml": text}, CODE).found
    before = (tmp_path / "compose.yaml").read_text()
    assert mended(tmp_path, CODE) == {"compose.yaml": before}
