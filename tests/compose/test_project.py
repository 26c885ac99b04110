from __future__ import annotations

from pathlib import Path
from typing import Any

from argosy.compose.project import Running, named_volumes, project
from argosy.stack.model import Model, Stack
from argosy.stack.revision import Lock, Revision


def revision(model: Model, weights: Path | None = None) -> Revision:
    lock = Lock("d" * 64, "3.11.7", Path("/locks/a.txt"))
    return Revision(2, model, lock, digest="f" * 64, code=Path("/code"), weights=weights)


def made(*models: Revision, services: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    declared = tuple(one.model for one in models)
    stack = Stack("desk", Path("/desk/argosy.yaml"), declared, services=services or {})
    running = [Running(one, 2, f"image:{one.name}", Path("/told.json")) for one in models]
    return project("argosy-desk-1", stack, running, {"TOKEN": Path("/state/secrets/TOKEN")})


def test_every_model_is_alone_on_a_network_that_leads_nowhere() -> None:
    found = made(revision(Model("a")), revision(Model("b", internet=True)))
    assert found["networks"] == {
        "model-a": {"internal": True},
        "model-b": {"internal": False},
    }
    assert found["services"]["a-r2"]["networks"] == ["model-a"]
    assert found["services"]["b-r2"]["networks"] == ["model-b"]


def test_what_a_replica_reads_is_mounted_and_cannot_be_written() -> None:
    service = made(revision(Model("a"), Path("/kept/digits.onnx")))["services"]["a-r2"]
    assert service["scale"] == 2
    assert service["pull_policy"] == "never"
    assert service["labels"] == {"argosy.model": "a", "argosy.revision": "2"}
    # Docker's own defaults: the supervisor asks more often, and without a process each time.
    assert service["healthcheck"]["interval"] == "30s"
    assert service["healthcheck"]["start_interval"] == "5s"
    assert service["volumes"] == [
        {"type": "bind", "source": source, "target": target, "read_only": True}
        for source, target in (
            ("/told.json", "/settings.json"),
            ("/kept/digits.onnx", "/weights/digits.onnx"),
        )
    ]


def test_weights_in_the_image_are_not_mounted() -> None:
    one = revision(Model("a", weights_in_image=True), Path("/kept/digits.onnx"))
    (mount,) = made(one)["services"]["a-r2"]["volumes"]
    assert mount["target"] == "/settings.json"


def test_companions_are_verbatim_and_join_those_that_depend_on_them() -> None:
    redis = {"image": "redis:7", "command": ["redis-server"], "volumes": ["kept:/data", "./c:/c"]}
    found = made(
        revision(Model("a", depends_on=("redis",))),
        revision(Model("b")),
        services={"redis": redis, "alone": {"image": "alone"}},
    )
    assert found["services"]["redis"] == {
        **redis,
        "networks": {"default": None, "model-a": None},
    }
    assert found["services"]["alone"] == {"image": "alone"}
    assert found["volumes"] == {"kept": {}}


def test_a_companion_keeps_its_own_networks() -> None:
    services = {"redis": {"image": "redis:7", "networks": ["mine"]}}
    found = made(revision(Model("a", depends_on=("redis",))), services=services)
    assert found["services"]["redis"]["networks"] == {"mine": None, "model-a": None}


def test_a_dollar_is_no_variable_for_compose() -> None:
    found = made(revision(Model("a")), services={"one": {"image": "one", "command": "echo $HOME"}})
    assert found["services"]["one"]["command"] == "echo $$HOME"


def test_secrets_are_files() -> None:
    found = made(revision(Model("a", secrets=("TOKEN",))))
    assert found["secrets"] == {"TOKEN": {"file": "/state/secrets/TOKEN"}}
    assert found["services"]["a-r2"]["secrets"] == ["TOKEN"]


def test_volumes_by_name_are_declared() -> None:
    services: dict[str, dict[str, Any]] = {
        "a": {"volumes": ["data:/a", "./x:/x", "${Y}:/y", "/anonymous"]},
        "b": {"volumes": [{"type": "volume", "source": "more", "target": "/b"}, {"type": "tmpfs"}]},
        "c": {},
    }
    assert named_volumes(services) == ["data", "more"]


def test_a_companion_is_where_its_dependents_will_be_before_they_are() -> None:
    models = (Model("a", depends_on=("redis",)), Model("b", depends_on=("redis",)))
    stack = Stack("desk", Path("/desk/argosy.yaml"), models, services={"redis": {"image": "r"}})
    running = [Running(revision(models[0]), 1, "image", Path("/told.json"))]
    found = project("argosy-desk-1", stack, running, {})
    assert found["services"]["redis"]["networks"] == {
        "default": None,
        "model-a": None,
        "model-b": None,
    }
    assert set(found["networks"]) == {"model-a", "model-b"}
