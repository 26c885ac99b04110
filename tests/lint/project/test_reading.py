from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from argosy.lint.project.folder import Folders
from argosy.lint.project.project import Project
from argosy.lint.project.reading import MOST_PROGRAMS, assemble, read
from tests.lint.files import write

TORCH = "torch==2.8.0\n"


def project(folder: Path, files: Mapping[str, str | bytes]) -> Project:
    write(folder, files)
    return read([folder])


def packages(project: Project) -> dict[str, list[str]]:
    """The names of packages, by the file that asks for them."""
    return {
        one.file.name: [package.name for package in one.packages] for one in project.requirements
    }


def test_requirements_that_include_each_other_are_read_once(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "a/requirements.txt": f"{TORCH}-r ../b/requirements.txt\n-r ../a/requirements.txt\n",
            "b/requirements.txt": "numpy\n-r ../a/requirements.txt\n",
        },
    )
    assert sorted(one.relative_to(tmp_path).as_posix() for one in found.sources) == [
        "a/requirements.txt",
        "b/requirements.txt",
    ]
    names = [[one.name for one in asked.packages] for asked in found.requirements]
    assert names == [["torch", "numpy"], ["numpy", "torch"]]


def test_requirements_that_are_included_twice_over_and_over_are_read_once(tmp_path: Path) -> None:
    names = [f"r{number}-requirements.txt" for number in range(40)]
    files = {
        name: f"{TORCH}-r {below}\n-r {below}\n"
        for name, below in zip(names, [*names[1:], "gone.txt"], strict=True)
    }
    found = packages(project(tmp_path, files))
    assert [len(found[name]) for name in names] == list(range(40, 0, -1))


def test_a_long_chain_of_requirements_is_read_to_its_end(tmp_path: Path) -> None:
    count = 1500
    for number in range(count):
        (tmp_path / f"r{number}.txt").write_text(f"torch\n-r r{number + 1}.txt\n")
    (tmp_path / "requirements.txt").write_text("-r r0.txt\n")
    (asked,) = read([tmp_path / "requirements.txt"]).requirements
    assert len(asked.packages) == count


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({"Dockerfile": b"FROM \xff"}, ["Dockerfile: the file is not UTF-8"]),
        (
            {"compose.prod.yaml": b"services:\n  a: \xe9\n"},
            ["compose.prod.yaml: the file is not UTF-8"],
        ),
        ({"Dockerfile": "FORM a\n"}, ["Dockerfile: FORM is no instruction"]),
        ({"Dockerfile": ""}, ["Dockerfile: There is no image here"]),
        ({"argosy.yaml": b"\xff"}, ["argosy.yaml: the file is not UTF-8"]),
        ({"argosy.yaml": "- a\n"}, ["argosy.yaml: a stack file is a mapping of keys"]),
        ({"argosy.yaml": ""}, ["argosy.yaml: the file is empty"]),
        ({"requirements.txt": b"\xff"}, ["requirements.txt: the file is not UTF-8"]),
        ({"app.py": b"\xff", "other.yaml": b"\xff", "my-environment.yml": b"\xff"}, []),
        ({"requirements.txt": "", "app.py": "", "compose.yaml": ""}, []),
    ],
)
def test_what_cannot_be_read_is_a_problem_of_its_file(
    tmp_path: Path, files: Mapping[str, str | bytes], problems: list[str]
) -> None:
    found = project(tmp_path, files)
    assert [f"{one.file.name}: {one.what}" for one in found.problems] == problems


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "a/compose.yaml": "services:\n  llm: {image: 'vllm/vllm-openai:v0.11.0'\n",
            "b/compose.yaml": "services:\n  llm: {image: 'vllm/vllm-openai:v0.11.0'}\n",
            "c/Dockerfile": "FORM vllm/vllm-openai\n",
            "d/Dockerfile": "FROM vllm/vllm-openai\n",
        },
    )
    assert [one.name for one in found.services] == ["llm"]
    assert [one.file.parent.name for one in found.images] == ["d"]
    assert [one.file.parent.name for one in found.problems] == ["a", "c"]
    assert all(one.line and one.column for one in found.problems)


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").symlink_to(tmp_path / "gone")
    assert [one.what for one in read([tmp_path]).problems] == ["this link leads nowhere"]


def test_a_dockerfile_that_a_service_builds_is_no_image_of_its_own(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "compose.yaml": "services:\n  llm:\n    build: {context: ., args: {TAG: v0.11.0}}\n",
            "Dockerfile": "ARG TAG=v1\nFROM vllm/vllm-openai:$TAG\n",
        },
    )
    (image,) = found.images
    assert image.base.text == "vllm/vllm-openai:v0.11.0"
    assert found.services_of(image) == found.services


@pytest.mark.parametrize(
    "build",
    [
        "https://example.com/a.git",
        "git@example.com:a",
        "./gone",
        "{context: ., dockerfile: gone}",
        "{context: ., dockerfile_inline: FROM a}",
        "{context: ''}",
        "{}",
        "[]",
        "{context: {a: b}}",
        '{context: "a\\0b"}',
        "{context: ../../../../../../../../..}",
    ],
)
def test_a_build_that_is_elsewhere_or_nonsense_has_no_image(tmp_path: Path, build: str) -> None:
    found = project(tmp_path, {"p/compose.yaml": f"services:\n  model:\n    build: {build}\n"})
    assert found.images == ()


def test_an_included_file_is_no_project_of_its_own(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "compose.yaml": "include: [inner.yaml]\nservices:\n  a: {image: b}\n",
            "inner.yaml": "services:\n  llm: {image: 'vllm/vllm-openai:v0.11.0'}\n",
        },
    )
    assert [[file.name for file in one.files] for one in found.compose] == [
        ["compose.yaml", "inner.yaml"]
    ]
    assert [one.name for one in found.services] == ["llm"]


@pytest.mark.parametrize(
    "service", ["llm: {image: 'a/vllm'}", "llm: { build: . }", "llm: {tty: true, 'image' : a/vllm}"]
)
def test_a_service_in_braces_stands_on_its_own_too(tmp_path: Path, service: str) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    image: b\n",
        "other.yaml": f"services: {{{service}}}",
    }
    found = project(tmp_path, files)
    assert [[file.name for file in one.files] for one in found.compose] == [
        ["compose.yaml"],
        ["other.yaml"],
    ]


def test_files_that_include_each_other_are_a_problem_with_its_place(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "compose.yaml": "include: [other.yaml]\nservices:\n  a: {image: b}\n",
            "other.yaml": "include: [compose.yaml]\nservices:\n  c: {image: d}\n",
        },
    )
    assert any("includes itself" in one.what and one.line == 1 for one in found.problems)


def test_services_that_extend_each_other_are_a_problem_with_its_place(tmp_path: Path) -> None:
    text = "services:\n  a:\n    extends: b\n  b:\n    extends: a\n"
    found = project(tmp_path, {"compose.yaml": text})
    assert found.problems
    assert all("extends itself" in one.what and one.line in (3, 5) for one in found.problems)


def test_given_texts_go_before_those_of_files(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM a\n"})
    file = tmp_path / "Dockerfile"
    found = read([file], given={file: "FROM vllm/vllm-openai\r\n"})
    assert [one.base.text for one in found.images] == ["vllm/vllm-openai"]
    assert found.sources[file].text == "FROM vllm/vllm-openai\r\n"


def test_no_more_programs_are_read_than_anybody_serves(tmp_path: Path) -> None:
    files = {f"a{number}.py": "import torch\n" for number in range(MOST_PROGRAMS + 9)}
    found = project(tmp_path, {**files, "Dockerfile": "FROM python:3.12\nCOPY . /app/\n"})
    assert len(found.images[0].programs) == MOST_PROGRAMS


def test_models_of_a_stack_come_with_their_code(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "argosy.yaml": "models:\n  a: {code: a}\n  b: {code: gone}\n  c:\n",
            "a/serve.py": "import torch\n",
            "a/requirements.txt": TORCH,
        },
    )
    told = [(one.name, len(one.programs), len(one.requirements)) for one in found.models]
    assert told == [("a", 1, 1), ("b", 0, 0), ("c", 0, 0)]


@pytest.mark.parametrize("text", ["models: 3\n", "models:\n", "- a\n", "models: [a]\n", "a: b\n"])
def test_a_stack_without_models_has_none(tmp_path: Path, text: str) -> None:
    assert project(tmp_path, {"argosy.yaml": text}).models == ()


def test_of_nothing_there_is_an_empty_project() -> None:
    assert assemble((), Folders()) == Project()
