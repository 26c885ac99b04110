from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from argosy.errors import StackFileError
from argosy.imported.convert import convert, services
from argosy.stack.document import Keys
from argosy.stack.file import parse
from tests.imported.conftest import NAMES, Import

WITHOUT_MODELS = ("article_offload", "local_ai", "ollama", "triton")
SEVERAL_FILES = ("override",)
SECRETS = (
    "hf_abcdefghijklmnopqrstuvwxyz012345",
    "sk-local-0123456789abcdef",
    "hf_thisisasecretwhichnobodymaysee",
    "s3cr3t",
    "abc123",
)


def leaves(values: Any, path: Keys = ()) -> Iterator[Keys]:
    """Every value of a file, as YAML alone reads it."""
    named: list[tuple[str, Any]] = []
    if isinstance(values, dict):
        named = [(str(key), one) for key, one in values.items() if not str(key).startswith("x-")]
    elif isinstance(values, list):
        named = [(str(index), one) for index, one in enumerate(values)]
    if not named:
        yield path
    for key, one in named:
        yield from leaves(one, (*path, key))


@pytest.mark.parametrize("name", [one for one in NAMES if one not in SEVERAL_FILES])
def test_every_value_of_the_file_is_accounted_for_exactly_once(name: str, imported: Import) -> None:
    result = imported(name)
    (file,) = result.file.files
    expected = list(leaves(YAML(typ="safe").load(file.read_text())))
    assert sorted(result.conversion.accounts) == sorted(expected)
    assert len(set(expected)) == len(expected)


@pytest.mark.parametrize("name", SEVERAL_FILES)
def test_every_value_of_merged_files_is_accounted_for(name: str, imported: Import) -> None:
    result = imported(name)
    assert sorted(result.conversion.accounts) == sorted(
        path for path, _ in result.file.root.leaves()
    )


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_carried_stands_in_the_stack_file(name: str, imported: Import) -> None:
    result = imported(name)
    values = result.values
    for note in result.conversion.notes:
        if note.became and note.status == "carried":
            assert found(values, note.became) is not None, note


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_carried_is_listed_at_the_end_of_the_stack_file(
    name: str, imported: Import
) -> None:
    result = imported(name)
    text = " ".join(result.conversion.text.replace("#", "").split())
    for note in result.conversion.notes:
        if note.status == "not carried":
            assert f"{note.place} {note.subject}: {' '.join(note.text.split())}" in text


@pytest.mark.parametrize("name", [one for one in NAMES if one not in WITHOUT_MODELS])
def test_the_stack_file_is_valid_once_what_it_names_is_there(name: str, imported: Import) -> None:
    result = imported(name)
    stack = result.stack(**dict.fromkeys(result.conversion.unset, "set"))
    assert tuple(one.name for one in stack.models) == result.conversion.models
    assert tuple(stack.services) == result.conversion.companions


@pytest.mark.parametrize("name", WITHOUT_MODELS)
def test_without_a_model_only_that_is_wrong_with_the_stack_file(
    name: str, imported: Import
) -> None:
    result = imported(name)
    with pytest.raises(StackFileError) as caught:
        parse(result.conversion.text, result.folder / "argosy.yaml", {})
    assert [one.what for one in caught.value.problems] == ["no model is declared"]


@pytest.mark.parametrize("name", NAMES)
def test_no_note_and_no_model_repeats_a_secret(name: str, imported: Import) -> None:
    result = imported(name)
    told = "".join(note.text + note.about for note in result.conversion.notes)
    for secret in SECRETS:
        assert secret not in told + result.conversion.text


@pytest.mark.parametrize("name", NAMES)
def test_the_same_files_give_the_same_text(name: str, imported: Import) -> None:
    result = imported(name)
    again = convert(result.file, services(result.file), Path())
    assert again == result.conversion


def found(values: Any, path: Keys) -> Any:
    for key in path:
        values = values[int(key)] if isinstance(values, list) else values.get(key)
    return values


def test_the_stack_file_of_two_vllms_behind_nginx_as_a_whole(imported: Import) -> None:
    text = imported("vllm_gateway").conversion.text
    expected = Path(__file__).with_name("vllm_gateway.yaml").read_text()
    assert text == expected
