from __future__ import annotations

import pytest

from argosy.imported.model_keys import CHANGED, LEFT
from tests.imported.conftest import Import

HEAD = "services:\n  llm:\n    image: vllm/vllm-openai\n    command: a/b\n"


@pytest.mark.parametrize("key", [one for one in LEFT if one not in ("ipc", "volumes")])
def test_what_a_model_cannot_have_is_listed_with_the_reason(key: str, imported: Import) -> None:
    result = imported(text=f"{HEAD}    {key}: {{a: b}}\n")
    assert result.notes(f"services.llm.{key}") == [f"not carried: {LEFT[key]}"]


@pytest.mark.parametrize(
    "key", [one for one in CHANGED if one not in ("image", "build", "extends")]
)
def test_what_is_always_so_is_said(key: str, imported: Import) -> None:
    text = HEAD.replace("    command: a/b\n", "") if key == "command" else HEAD
    result = imported(text=f"{text}    {key}: a/b\n")
    assert result.notes(f"services.llm.{key}")[0].startswith("changed")


def test_a_key_that_nobody_knows_is_listed(imported: Import) -> None:
    assert imported(text=f"{HEAD}    blkio_config: {{weight: 300}}\n").notes(
        "services.llm.blkio_config.weight"
    ) == ["not carried: no key of a stack file says this"]


def test_a_long_start_is_given_its_time(imported: Import) -> None:
    more = "    healthcheck: {start_period: 10m, interval: 1m, retries: 5}\n"
    assert imported(text=HEAD + more).values["models"]["llm"]["start_timeout"] == "15m"


def test_a_usual_start_needs_none(imported: Import) -> None:
    more = "    healthcheck: {start_period: 2m}\n"
    assert "start_timeout" not in imported(text=HEAD + more).values["models"]["llm"]


def test_companions_are_waited_for_and_models_are_not(imported: Import) -> None:
    more = "    depends_on: [other, redis]\n"
    other = "  other: {image: vllm/vllm-openai, command: a/b}\n  redis: {image: redis}\n"
    result = imported(text=HEAD + more + other)
    assert result.values["models"]["llm"]["depends_on"] == ["redis"]
    assert result.notes("services.llm.depends_on.0") == [
        "not carried: the model other is not waited for: models start side by side"
    ]
