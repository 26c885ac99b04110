"""The keywords of Dockerfiles, and how the arguments of each are told apart."""

from __future__ import annotations

from enum import Enum


class Arguments(Enum):
    """How arguments are read."""

    COMMAND = "what a shell reads, or a JSON array; Docker fills nothing in"
    BLANKS = "parted by blanks, whatever the quotes, or a JSON array"
    PAIRS = "name=value, or one name and its value behind a blank"
    NAMES = "name or name=value"
    ONE = "all of it is one"
    INSTRUCTION = "another instruction"

    @property
    def is_resolved(self) -> bool:
        """Docker takes quotes away and fills variables in."""
        return self not in (Arguments.COMMAND, Arguments.INSTRUCTION)


KEYWORDS = {
    "ADD": Arguments.BLANKS,
    "ARG": Arguments.NAMES,
    "CMD": Arguments.COMMAND,
    "COPY": Arguments.BLANKS,
    "ENTRYPOINT": Arguments.COMMAND,
    "ENV": Arguments.PAIRS,
    "EXPOSE": Arguments.BLANKS,
    "FROM": Arguments.BLANKS,
    "HEALTHCHECK": Arguments.COMMAND,
    "LABEL": Arguments.PAIRS,
    "MAINTAINER": Arguments.ONE,
    "ONBUILD": Arguments.INSTRUCTION,
    "RUN": Arguments.COMMAND,
    "SHELL": Arguments.COMMAND,
    "STOPSIGNAL": Arguments.ONE,
    "USER": Arguments.ONE,
    "VOLUME": Arguments.BLANKS,
    "WORKDIR": Arguments.ONE,
}
MAY_BE_ARRAYS = frozenset(
    {"ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL", "VOLUME"}
)
MAY_HAVE_HEREDOCS = frozenset({"ADD", "COPY", "RUN"})
MAY_BE_EMPTY = frozenset({"CMD", "ENTRYPOINT", "RUN"})


def arguments_of(keyword: str) -> Arguments:
    """How the arguments of a known keyword are read."""
    return KEYWORDS[keyword]
