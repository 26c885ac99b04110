from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended

CODE = "AI318"
COMPOSE = """
services:
  llm: {image: "vllm/vllm-openai:v0.11.0", container_name: my-llm, ports: ["127.0.0.1:8001:8000"]}
  prometheus: {image: "prom/prometheus:v3.5.0", volumes: ["./watch:/etc/prometheus"]}
"""
SCRAPE = "scrape_configs:\n  - job_name: models\n    static_configs: [{targets: ['%s']}]\n"
OLD = "vllm:gpu_cache_usage_perc"


def watched(name: str, text: str, compose: str = COMPOSE) -> dict[str, str | bytes]:
    return {"compose.yaml": compose, f"watch/{name}": text}


@pytest.mark.parametrize("target", ["app:9000", "llm-proxy:8000", "localhost:9090"])
def test_a_model_that_nobody_scrapes_is_told(tmp_path: Path, target: str) -> None:
    report = lint_files(tmp_path, watched("prometheus.yml", SCRAPE % target), CODE)
    assert lines(report) == [("compose.yaml", 2)]
    assert report.found[0].severity == "info"


@pytest.mark.parametrize("target", ["llm:8000", "my-llm:8000", "host.docker.internal:8001"])
def test_a_target_of_any_name_of_it_is_fine(tmp_path: Path, target: str) -> None:
    assert not lint_files(tmp_path, watched("prometheus.yml", SCRAPE % target), CODE).found


def test_targets_that_are_found_at_run_time_are_not_guessed(tmp_path: Path) -> None:
    text = "scrape_configs:\n  - docker_sd_configs: [{host: a}]\n"
    assert not lint_files(tmp_path, watched("prometheus.yml", text), CODE).found


def test_a_target_in_a_comment_is_none(tmp_path: Path) -> None:
    text = SCRAPE % "app:1" + "# - llm:8000\n"
    assert lint_files(tmp_path, watched("prometheus.yml", text), CODE).found


def test_without_prometheus_nothing_is_said(tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE.split("  prometheus", maxsplit=1)[0],
        "prometheus.yml": SCRAPE % "a:1",
    }
    assert not lint_files(tmp_path, files, CODE).found


def test_a_name_that_is_gone_is_told_and_replaced(tmp_path: Path) -> None:
    text = f"groups:\n  - rules:\n      - expr: avg({OLD}) > 0.9  # {OLD}\n"
    report = lint_files(tmp_path, watched("alerts.yml", text), CODE)
    assert lines(report) == [("alerts.yml", 3)]
    new = text.replace(OLD, "vllm:kv_cache_usage_perc", 1)
    assert mended(tmp_path, CODE)["watch/alerts.yml"] == new


@pytest.mark.parametrize(
    "text", [f"# not {OLD}\n", f"expr: {OLD} or vllm:kv_cache_usage_perc\n", "a: b\n"]
)
def test_comments_and_queries_that_know_both_names_are_fine(tmp_path: Path, text: str) -> None:
    assert not lint_files(tmp_path, watched("alerts.yml", text), CODE).found


def test_the_name_is_vllms_alone(tmp_path: Path) -> None:
    compose = COMPOSE.replace("vllm/vllm-openai:v0.11.0", "lmsysorg/sglang:v0.5")
    assert not lint_files(tmp_path, watched("alerts.yml", f"expr: {OLD}\n", compose), CODE).found
