from __future__ import annotations

from pathlib import Path

from argosy.lint.finding import At
from argosy.lint.project.reading import read
from argosy.lint.project.service import Service
from tests.lint.files import write


def service(folder: Path, files: dict[str, str | bytes], name: str = "llm") -> Service:
    write(folder, files)
    return next(one for one in read([folder]).all_services if one.name == name)


def written(at: At) -> tuple[str, str]:
    """The name of a file, and the piece of it."""
    return at.file.name, at.file.read_text()[at.start : at.end]


def test_a_service_stands_at_its_name(tmp_path: Path) -> None:
    found = service(tmp_path, {"compose.yaml": 'services:\n  "llm" :  {image: a}\n'})
    assert written(found.at) == ("compose.yaml", '"llm"')


def test_a_model_stands_at_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"argosy.yaml": "models:\n  chat: {engine: vllm}\n"})
    (found,) = read([tmp_path]).models
    assert written(found.at) == ("argosy.yaml", "chat")


def test_key_and_value_are_told_apart(tmp_path: Path) -> None:
    found = service(tmp_path, {"compose.yaml": "services:\n  llm: {image: 'a:1', tty: true}\n"})
    image = found.value.mapping["image"]
    assert written(found.key_at(image)) == ("compose.yaml", "image")
    assert written(found.value_at(image)) == ("compose.yaml", "'a:1'")


def test_an_item_of_a_list_has_no_key_and_stands_for_itself(tmp_path: Path) -> None:
    text = "services:\n  llm:\n    image: a\n    ports:\n      - 80:80\n      - 90:90\n"
    item = service(tmp_path, {"compose.yaml": text}).value.mapping["ports"].items[1]
    found = service(tmp_path, {"compose.yaml": text})
    assert written(found.key_at(item)) == written(found.value_at(item)) == ("compose.yaml", "90:90")


def test_what_another_file_says_stands_there(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "compose.yaml": "services:\n  llm:\n    extends: {file: base.yaml, service: one}\n",
        "base.yaml": "services:\n  one:\n    image: a\n    cpus: 2\n",
    }
    found = service(tmp_path, files)
    assert written(found.at) == ("compose.yaml", "llm")
    assert written(found.key_at(found.value.mapping["cpus"])) == ("base.yaml", "cpus")
    assert written(found.value_at(found.value.mapping["cpus"])) == ("base.yaml", "2")
