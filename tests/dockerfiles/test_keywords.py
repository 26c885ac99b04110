from __future__ import annotations

import pytest

from argosy.dockerfiles.keywords import (
    KEYWORDS,
    MAY_BE_ARRAYS,
    MAY_BE_EMPTY,
    MAY_HAVE_HEREDOCS,
    Arguments,
    arguments_of,
)


def test_the_keywords_are_those_of_dockers_reference() -> None:
    assert sorted(KEYWORDS) == [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ]  # fmt: skip


def test_what_is_told_of_keywords_is_told_of_known_ones() -> None:
    assert set(KEYWORDS) >= MAY_BE_ARRAYS | MAY_BE_EMPTY | MAY_HAVE_HEREDOCS


@pytest.mark.parametrize("keyword", sorted(KEYWORDS))
def test_docker_fills_variables_in_but_for_commands_and_other_instructions(keyword: str) -> None:
    is_left = keyword in {
        "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD", "RUN", "SHELL",
    }  # fmt: skip
    assert arguments_of(keyword).is_resolved is not is_left


def test_only_what_sets_variables_has_names() -> None:
    named = {one for one in KEYWORDS if arguments_of(one) in (Arguments.PAIRS, Arguments.NAMES)}
    assert named == {"ARG", "ENV", "LABEL"}
