from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.errors import ArgosyError, ComposeFileError, UsageError
from argosy.imported import compose_file
from argosy.imported.service import Service
from tests.docker_engine import DockerEngine
from tests.imported.conftest import NAMES, Import

Mistake = Callable[..., str]


@pytest.fixture
def mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mistake:
    """``mistake(text)`` is what is said of a compose.yaml with this text."""
    monkeypatch.chdir(tmp_path)

    def read(text: str | bytes, place: Path = Path("compose.yaml")) -> str:
        content = text.encode() if isinstance(text, str) else text
        Path("compose.yaml").write_bytes(content)
        with pytest.raises(ArgosyError) as caught:
            compose_file.read([place])
        return str(caught.value)

    return read


def test_a_file_that_is_not_there_names_one_that_is(mistake: Mistake) -> None:
    said = mistake("services: {a: {image: b}}", Path("compoze.yml"))
    assert said == "compoze.yml: no such file. Did you mean compose.yaml?"


def test_a_folder_without_a_compose_file_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none of compose\.yaml, compose\.yml, docker-compose"):
        compose_file.read([tmp_path])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "compose.yaml:1:1: the file is empty. Name a file that holds `services:`."),
        (
            "- a\n",
            (
                "compose.yaml:1:1: a Compose file is a mapping of keys. Write `services:` and the "
                "services below it."
            ),
        ),
        (
            "services:\n  a:\n    image: b\n   ports: []\n",
            (
                "compose.yaml:4:4: the indentation does not fit the lines above. Give the keys of "
                "one mapping the same number of spaces."
            ),
        ),
        (
            "services:\n  a: {image: b}\n---\nservices: {}\n",
            (
                "compose.yaml:3:1: a second document begins here. A Compose file holds one "
                "document; remove the `---`."
            ),
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: v1\nkind: Service\n",
            (
                "compose.yaml:1:1: this is a Kubernetes manifest, not a Compose file. Only Compose "
                "files are imported."
            ),
        ),
        (
            "models:\n  a: {code: ./a}\n",
            (
                "compose.yaml:1:1: this looks like a stack file already: it has `models:` and no "
                "`services:`. Start it with `argosy up`."
            ),
        ),
        (
            "web: {image: nginx}\n",
            (
                "compose.yaml:1:1: this is a Compose file of version 1, which has no `services:`. "
                "Put all of it below `services:`."
            ),
        ),
        (
            "name: a\nvolumes: {}\n",
            (
                "compose.yaml:1:1: no services are declared, so this is no Compose file (its keys: "
                "name, volumes). Write `services:` and the services below it."
            ),
        ),
        (
            "services:\n  a: nginx\n  b: {ports: []}\n",
            (
                "compose.yaml:2:3: services.a: must be a mapping. Write it like `a: {image: …}`.\n"
                "compose.yaml:3:3: services.b: has neither image nor build. Say what to run: "
                "`image: …`."
            ),
        ),
        (
            "services:\n  a: {extends: {file: b.yaml, service: b}}\n",
            "compose.yaml:2:17: `b.yaml`: no file is here. Paths are relative to this file.",
        ),
        (
            "services:\n  a: {extends: b, image: c}\n  b: {extends: a, image: c}\n",
            "compose.yaml:2:7: services.a: `b` extends itself",
        ),
        (
            "services:\n  a: {extends: c, image: c}\n",
            "compose.yaml:2:7: services.a.extends: compose.yaml has no service `c`",
        ),
        (
            "include: [compose.yaml]\nservices: {a: {image: b}}\n",
            "compose.yaml:1:11: include: compose.yaml includes itself. Take one `include` out.",
        ),
        ("services: {a: {image: !secret b}}", "YAML tags have no meaning in a Compose file"),
        (b"services:\xff", "compose.yaml:1:1: the file is not UTF-8. Save it as UTF-8."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    text: str | bytes, said: str, mistake: Mistake
) -> None:
    assert said in mistake(text)


def test_broken_files_are_told_apart_from_missing_ones() -> None:
    assert issubclass(ComposeFileError, ArgosyError)
    assert not issubclass(ComposeFileError, UsageError)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.docker
def test_files_are_put_together_as_compose_does(
    name: str, imported: Import, docker_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Compose itself makes of overrides, includes, extends, anchors and variables."""
    result = imported(name)
    monkeypatch.setenv("HF_TOKEN", "set")
    told = docker_engine.docker("compose", "config", "--format", "json", folder=result.folder)
    expected: dict[str, Any] = json.loads(told)["services"]
    everything = set(result.file.services)
    hidden = {one for one in everything if "profiles" in result.file.services[one].mapping}
    assert set(expected) == everything - hidden
    for service_name, theirs in expected.items():
        ours = Service(service_name, result.file.services[service_name], result.file)
        assert ours.text("image") == theirs.get("image", "")
        assert words(ours, "command") == list(theirs.get("command") or [])
        assert words(ours, "entrypoint") == list(theirs.get("entrypoint") or [])
        assert {(one.target, str(one.published)) for one in ours.ports} == {
            (one["target"], one["published"]) for one in theirs.get("ports", [])
        }
        assert {one.target for one in ours.mounts} == {
            one["target"] for one in theirs.get("volumes", [])
        }
        for variable in ours.environment.values():
            if variable.raw is not None and "${" not in variable.text:
                assert theirs["environment"][variable.name] == variable.text.replace("$", "$$")


def words(service: Service, key: str) -> list[str]:
    """As Compose gives them, where every dollar of a value is written twice again."""
    return [one.text.replace("$", "$$") for one in service.command if one.path[0] == key]
