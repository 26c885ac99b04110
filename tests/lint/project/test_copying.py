from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.lint.project.copying import from_context, kept_files, place_of, places_kept, workdir
from argosy.lint.project.image import Image

FILES = {"a.txt": 1, "src/a.py": 2, "src/deep/b.py": 3}


def image(text: str) -> Image:
    dockerfile = parse(text, Path("Dockerfile"))
    return Image(dockerfile, dockerfile.final, files=FILES)


@pytest.mark.parametrize(
    ("copy", "places"),
    [
        ("COPY a.txt /b.txt", ["/b.txt"]),
        ("COPY a.txt /b/", ["/b/a.txt"]),
        ("COPY a.txt .", ["/app/a.txt"]),
        ("COPY src /x", ["/x/a.py", "/x/deep/b.py"]),
        ("COPY . .", ["/app/a.txt", "/app/src/a.py", "/app/src/deep/b.py"]),
        ("COPY a.txt src/ lib/", ["/app/lib/a.txt", "/app/lib/a.py", "/app/lib/deep/b.py"]),
        ("COPY src/* /x/", ["/x/a.py", "/x/b.py"]),
    ],
)
def test_each_file_has_its_place(copy: str, places: list[str]) -> None:
    made = image(f"FROM a\nWORKDIR /app\n{copy}\n")
    ((stage, instruction),) = from_context(made)
    found = [
        place_of(stage, instruction, source.text, name)
        for source in instruction.copies[0]
        for name, _ in made.copied(source.text)
    ]
    assert found == places


def test_a_file_that_two_sources_name_counts_once() -> None:
    made = image("FROM a\nCOPY . src /app/\n")
    ((stage, instruction),) = from_context(made)
    found = [(one.name, one.size) for one in kept_files(made, stage, instruction)]
    assert found == [("a.txt", 1), ("src/a.py", 2), ("src/deep/b.py", 3)]


def test_a_place_is_followed_through_stages() -> None:
    made = image(
        "FROM a AS one\nFROM one AS two\nFROM b AS three\nCOPY --from=two /x/y /y\n"
        "FROM c\nWORKDIR /w\nCOPY --from=three /y z\nCOPY --from=one /other /o\n"
    )
    stage = made.dockerfile.stage("one")
    assert stage is not None
    assert list(places_kept(made, stage, "/x/y/file")) == ["/w/z/file"]
    assert list(places_kept(made, stage, "/x")) == []
    assert list(places_kept(made, made.stage, "/x")) == ["/x"]


def test_folders_are_joined_as_they_come() -> None:
    made = image("FROM a AS b\nWORKDIR /x\nFROM b\nWORKDIR y\nRUN a\nWORKDIR /z\nRUN b\n")
    runs = [one for one in made.stage.instructions if one.keyword == "RUN"]
    assert [workdir(made.stage, one) for one in runs] == ["/x/y", "/z"]
