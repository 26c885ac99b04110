"""The Compose file as data, and what Compose says of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.export.compose import compose
from argosy.export.write import texts
from argosy.images.packages import Packages
from tests.docker_engine import DockerEngine
from tests.export.stacks import EVERYTHING, SMALL, content, declare

TWO = "models:\n  a: {code: ./code}\n  b: {code: ./code, internet: true}\n"


def test_each_model_is_on_a_network_of_its_own(tmp_path: Path) -> None:
    made = compose(content(declare(tmp_path, TWO)))
    assert made["networks"] == {"default": {}, "model-a": {"internal": True}, "model-b": {}}
    assert made["services"]["a"]["networks"] == ["model-a"]
    assert made["services"]["gateway"]["networks"] == ["default", "model-a", "model-b"]
    assert made["services"]["prometheus"]["networks"] == ["default", "model-a", "model-b"]


def test_a_companion_is_as_it_was_written_and_where_models_need_it(tmp_path: Path) -> None:
    made = compose(content(declare(tmp_path, SMALL)))
    assert made["services"]["cache"] == {
        "image": "redis:7",
        "volumes": ["../cache.conf:/etc/cache.conf:ro", "cached:/data"],
        "healthcheck": {"test": ["CMD", "redis-cli", "ping"]},
        "networks": {"default": None, "model-chat": None},
    }
    assert made["services"]["chat"]["depends_on"] == {"cache": {"condition": "service_healthy"}}
    assert made["volumes"] == {"prometheus": {}, "cached": {}}


def test_variables_are_left_to_compose_and_values_are_as_they_were(tmp_path: Path) -> None:
    made = compose(content(declare(tmp_path, SMALL)))
    assert made["services"]["chat"]["environment"] == {
        "HF_TOKEN_FILE": "/run/secrets/HF_TOKEN",
        "GREETING": "${GREETING:-hello}",
        "PRICE": "$$5",
    }


def test_folders_of_wheels_are_named_by_whoever_builds(tmp_path: Path) -> None:
    made = content(declare(tmp_path, TWO))
    wheels = replace(made.recipes["a"], packages=Packages("", {}, find_links=(Path("/wheels"),)))
    built = compose(replace(made, recipes={**made.recipes, "a": wheels}))["services"]["a"]["build"]
    assert built["additional_contexts"] == {"find-links-0": "${FIND_LINKS_0:?a folder of wheels}"}


def test_a_name_that_is_needed_twice_is_refused(tmp_path: Path) -> None:
    stack = declare(tmp_path, "models:\n  prometheus: {code: ./code}\n")
    with pytest.raises(UsageError, match="another use for the name prometheus"):
        compose(content(stack))


@pytest.mark.docker
@pytest.mark.parametrize("text", [SMALL, EVERYTHING, TWO])
def test_compose_takes_it(tmp_path: Path, docker_engine: DockerEngine, text: str) -> None:
    made = texts(content(declare(tmp_path, text)))
    (tmp_path / "compose.yaml").write_text(made["compose.yaml"])
    docker_engine.compose("config", "--quiet", folder=tmp_path)
