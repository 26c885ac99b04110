from __future__ import annotations

import pytest

from argosy.environments import source
from argosy.errors import EnvironmentFailed

from .conftest import MakeModel

PROJECT = '[project]\nname = "p"\nversion = "1"\n'


def test_requirements_outweigh_a_project_and_it_is_said(model: MakeModel) -> None:
    found = source.find(model({"requirements.txt": "apple\n", "pyproject.toml": PROJECT}), ())
    assert found.file is not None
    assert found.file.name == "requirements.txt"
    assert found.name == "requirements.txt (pyproject.toml is not read)"


def test_a_pyproject_with_tool_settings_only_is_no_project(model: MakeModel) -> None:
    assert source.find(model({"pyproject.toml": "[tool.ruff]\n"}), ()).is_empty


def test_every_included_file_and_uvs_settings_count(model: MakeModel) -> None:
    files = {"requirements.txt": "-r a.txt\n-c sub/b.txt\n", "a.txt": "apple\n", "sub/b.txt": "b\n"}
    before = source.find(model(files), ())
    assert source.find(model({"sub/b.txt": "b<2\n"}), ()).texts != before.texts
    assert source.find(model({"sub/b.txt": "b\n"}), ()).texts == before.texts
    assert source.find(model({"uv.toml": "no-index = true\n"}), ()).texts != before.texts
    assert source.find(model(), ("onnxruntime",)).texts != before.texts


def test_an_explicit_index_of_a_project_is_told_to_the_installation(model: MakeModel) -> None:
    index = '[[tool.uv.index]]\nname = "own"\nurl = "http://127.0.0.1/own"\nexplicit = true\n'
    found = source.find(model({"pyproject.toml": PROJECT + index}), ())
    assert found.options == ("--extra-index-url http://127.0.0.1/own",)


def test_a_broken_pyproject_is_said_with_its_line(model: MakeModel) -> None:
    with pytest.raises(EnvironmentFailed, match="line 1"):
        source.find(model({"pyproject.toml": "[project\n"}), ())


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ("xgboost>=2 ; python_version > '3'\n", ("numpy",)),
        ("XGBoost[pandas]==2.1\n", ("numpy",)),
        ("xgboost-cpu==3.1\n", ("xgboost-cpu", "numpy")),
        ("numpy<2\n", ("xgboost-cpu", "numpy")),
        ("-r more.txt\n", ("numpy",)),
    ],
)
def test_another_build_of_what_the_engine_needs_replaces_it(
    model: MakeModel, own: str, kept: tuple[str, ...]
) -> None:
    made = model({"requirements.txt": own, "more.txt": "xgboost\n"})
    assert source.find(made, ("xgboost-cpu", "numpy")).engine == kept


def test_a_projects_dependencies_replace_other_builds_too(model: MakeModel) -> None:
    made = model({"pyproject.toml": PROJECT + 'dependencies = ["onnxruntime-gpu>=1"]\n'})
    assert source.find(made, ("onnxruntime", "numpy")).engine == ("numpy",)
