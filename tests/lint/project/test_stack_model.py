from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.reading import read
from argosy.lint.project.stack_model import StackModel
from tests.lint.files import write


def model(folder: Path, below: str, files: dict[str, str | bytes] | None = None) -> StackModel:
    write(folder, {"argosy.yaml": f"models:\n  chat: {below}\n", **(files or {})})
    (found,) = read([folder]).models
    return found


def test_scalars_are_told_without_quotes_and_otherwise_as_written(tmp_path: Path) -> None:
    found = model(tmp_path, "{engine: 'vllm', options: {max-model-len: 0x10}, env: [a]}")
    assert found.engine == "vllm"
    assert found.text("options", "max-model-len") == "0x10"
    assert (found.text("options", "gone"), found.text("gone", "gone"), found.text("env")) == (
        "",
        "",
        "",
    )


def test_the_engine_is_empty_where_it_follows_from_the_code(tmp_path: Path) -> None:
    assert model(tmp_path, "{code: ./chat}").engine == ""


@pytest.mark.parametrize(
    ("resources", "count"),
    [
        ("{gpus: 2}", 2),
        ("{gpu_devices: ['0', '3', GPU-1]}", 3),
        ("{gpus: 1, gpu_devices: ['0', '1']}", 2),
        ("{gpus: 1, gpu_devices: []}", 1),
        ("{gpus: many}", 0),
        ("{gpus: 0}", 0),
        ("{memory: 1GiB}", 0),
    ],
)
def test_gpus_are_those_that_are_named_or_else_counted(
    tmp_path: Path, resources: str, count: int
) -> None:
    assert model(tmp_path, f"{{engine: vllm, resources: {resources}}}").gpu_count == count


def test_packages_are_those_of_every_list_of_its_code(tmp_path: Path) -> None:
    found = model(
        tmp_path,
        "{code: chat}",
        {
            "chat/requirements.txt": "torch==2.8.0\n",
            "chat/pyproject.toml": '[project]\ndependencies = ["flask"]\n',
        },
    )
    assert [one.name for one in found.packages] == ["torch", "flask"]
    assert found.folder == tmp_path / "chat"


def test_code_that_is_not_there_has_no_folder_and_no_packages(tmp_path: Path) -> None:
    found = model(tmp_path, "{code: gone}", {"requirements.txt": "torch\n"})
    assert (found.folder, found.packages, found.programs) == (None, (), ())


def test_a_model_knows_the_whole_file(tmp_path: Path) -> None:
    found = model(tmp_path, "{engine: vllm}\nplatform: compose")
    assert found.root.word("platform") == "compose"
