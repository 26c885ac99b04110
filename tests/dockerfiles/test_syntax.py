from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.dockerfiles.syntax import Dockerfile, Stage


def read(text: str) -> Dockerfile:
    return parse(text, Path("Dockerfile"))


STAGES = """\
FROM python:3.12 AS Base
USER root
CMD ["base"]
FROM base AS child
ENTRYPOINT ["child"]
FROM base AS other
CMD ["lost"]
CMD ["own"]
ENTRYPOINT ["other"]
ONBUILD USER nobody
FROM child
"""


def test_a_stage_is_found_by_name_whatever_its_capitals_or_by_number() -> None:
    made = read(STAGES)

    def index(name: str | int) -> int | None:
        found = made.stage(name)
        return found.index if found else None

    assert [index(name) for name in ("base", "BASE", "other", "1", 3)] == [0, 0, 2, 1, 3]
    assert [index(name) for name in ("python:3.12", "4", "-1", "", "²")] == [None] * 5


def test_the_lineage_is_all_that_makes_an_image() -> None:
    final = read(STAGES).final
    assert [one.line for one in final.lineage] == [2, 3, 5]
    assert [one.name for one in final.ancestors] == ["Base", "child"]
    assert (final.base.text, final.root_base) == ("child", "python:3.12")


@pytest.mark.parametrize(
    ("stage", "keyword", "line"),
    [
        ("base", "CMD", 3),
        ("child", "CMD", None),
        ("child", "ENTRYPOINT", 5),
        ("child", "USER", 2),
        ("other", "CMD", 8),
        ("other", "USER", 2),
        ("3", "CMD", None),
        ("3", "ENTRYPOINT", 5),
        ("3", "HEALTHCHECK", None),
    ],
)
def test_the_last_of_a_keyword_is_the_one_in_force(
    stage: str, keyword: str, line: int | None
) -> None:
    found = read(STAGES).stage(stage)
    assert isinstance(found, Stage)
    last = found.last(keyword)
    assert (last.line if last else None) == line


def test_all_instructions_stand_in_the_order_of_the_file() -> None:
    made = read("ARG A\n" + STAGES)
    assert [one.line for one in made.instructions] == list(range(1, 13))


def test_positions_count_from_one() -> None:
    made = read("FROM a\n\nUSER b")
    assert [made.position(index) for index in (0, 6, 7, 8, 14)] == [
        (1, 1),
        (1, 7),
        (2, 1),
        (3, 1),
        (3, 7),
    ]
    assert [made.line_text(line) for line in (1, 2, 3)] == ["FROM a", "", "USER b"]


def test_only_what_sets_variables_has_an_environment_and_only_copies_copy() -> None:
    made = read("FROM a\nARG A B=1\nLABEL c='d e'\nENV f g h\nRUN A=1\nCOPY x y /z\n")
    found = [
        {name: word.text for name, word in one.environment.items()}
        for one in made.final.instructions
    ]
    assert found == [{"B": "1"}, {"c": "d e"}, {"f": "g h"}, {}, {}]
    copies = [one.copies for one in made.final.instructions]
    assert [len(sources) for sources, _ in copies] == [0, 0, 0, 0, 2]


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("RUN <<E\na && b\nE", ["a", "b"]),
        ("RUN <<E sh -ex\na\nE", ["a"]),
        ("RUN bash <<E\na\nE", ["a"]),
        ("RUN sh script.sh <<E\na\nE", ["sh"]),
        ("RUN python3 <<E\na\nE", ["python3"]),
        ("RUN <<E\n#!/usr/bin/env python3\na\nE", ["python3"]),
        ("RUN <<E\n#!/bin/sh -e\na\nE", ["a"]),
        ("RUN cat <<E > /x && b\na\nE", ["cat", "b"]),
        ("RUN <<E && b\na\nE", ["a", "b"]),
        ("CMD exec a", ["a"]),
        ('ENTRYPOINT ["sh", "-c", "a; b"]', ["a", "b"]),
        ("HEALTHCHECK CMD a || exit 1", ["a", "exit"]),
        ("HEALTHCHECK NONE", []),
        ('SHELL ["bash", "-c"]', []),
        ("USER a", []),
        ("CMD []", []),
    ],
)
def test_commands_are_what_is_run(text: str, programs: list[str]) -> None:
    (found,) = read(f"FROM x\n{text}\n").final.instructions
    assert [one.program for one in found.commands] == programs


def test_commands_of_a_heredoc_stand_at_their_place() -> None:
    text = "FROM x\nRUN <<-E\n\ta \\\n\t  b\n\tE\n"
    made = read(text)
    (command,) = made.final.instructions[0].commands
    assert [made.position(word.span.start) for word in command.words] == [(3, 2), (4, 4)]
