from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files
from tests.lint.one_service import vllm

CODE = "AI301"


@pytest.mark.parametrize(
    "below",
    [
        "",
        "deploy: {}",
        "deploy: {resources: {reservations: {memory: 8g}}}",
        "mem_reservation: 8g",
        "mem_limit: 0",
        "deploy: {resources: {limits: {memory: }}}",
        "deploy: {resources: {limits: {memory: 0m}}}",
    ],
)
def test_a_model_service_without_a_limit_is_told(tmp_path: Path, below: str) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", 2)]
    assert (report.found[0].finding.subject, report.found[0].severity) == ("llm", "error")


@pytest.mark.parametrize(
    "below",
    [
        "mem_limit: 16g",
        "mem_limit: 17179869184",
        "deploy: {resources: {limits: {memory: 16g}}}",
        "deploy: {resources: {limits: {memory: '${MEMORY}'}}}",
        "labels: {argosy.lint.model: 'false'}",
    ],
)
def test_a_limit_of_either_form_is_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found


def test_a_limit_of_a_base_an_anchor_or_an_override_counts(tmp_path: Path) -> None:
    files = {
        "base.yaml": "services:\n  base: {image: x, mem_limit: 8g}\n",
        "compose.yaml": """
            x-limits: &limits {mem_limit: 8g}
            services:
              a: {image: "vllm/vllm-openai:v0.11.0", extends: {file: base.yaml, service: base}}
              b: {image: "vllm/vllm-openai:v0.11.0", <<: *limits}
              c: {image: "vllm/vllm-openai:v0.11.0"}
            """,
        "compose.override.yaml": "services:\n  c: {mem_limit: 8g}\n",
    }
    assert not lint_files(tmp_path, files, CODE).found


def test_services_without_a_model_and_jobs_are_left_alone(tmp_path: Path) -> None:
    text = """
        services:
          cache: {image: "redis:7"}
          pull: {image: "ollama/ollama:0.12.6", entrypoint: [sh, -c, "ollama pull llama3"]}
          empty:
        """
    assert not lint_files(tmp_path, {"compose.yaml": text}, CODE).found
