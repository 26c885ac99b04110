from __future__ import annotations

import pytest

from tests.imported.conftest import Import

VLLM = "{image: vllm/vllm-openai, command: a/b%s}"


@pytest.mark.parametrize(
    ("service", "model"),
    [("llm", "llm"), ("LLM_Server", "llm-server"), ("api", "api-model"), ("7b", "stack-7b")],
)
def test_a_model_gets_the_nearest_name_that_is_free(
    service: str, model: str, imported: Import
) -> None:
    result = imported(text=f"services: {{{service}: {VLLM % ''}}}")
    assert result.conversion.models == (model,)


def test_two_models_of_one_served_name_are_told_apart(imported: Import) -> None:
    served = VLLM % " --served-model-name chat"
    result = imported(text=f"services: {{one: {served}, two: {served}, chat-2: {{image: x}}}}")
    assert result.conversion.models == ("chat", "two")


def test_a_served_name_that_a_companion_has_is_not_taken(imported: Import) -> None:
    served = VLLM % " --served-model-name redis"
    result = imported(text=f"services: {{llm: {served}, redis: {{image: redis}}}}")
    assert result.conversion.models == ("llm",)
