"""Every error a user can meet, as one tree.

A user's error says what is wrong, where, and the next step. Errors of libraries are translated
into these at the edge where they occur; the CLI prints them as one paragraph, without traceback.

    ArgosyError
    ├── UsageError            the command was given something that cannot be meant   (exit code 2)
    ├── FileMistakes          a file has mistakes, all of them listed
    │   ├── StackFileError    the stack file
    │   ├── ComposeFileError  a Compose file
    │   ├── DockerfileError   a Dockerfile
    │   ├── SuiteError        a suite of questions with known answers
    │   └── LintConfigurationError  what tells the linter what to do                 (exit code 2)
    ├── EnvironmentFailed     a model's environment cannot be resolved or built
    ├── WeightsNotFound       weights that the stack file names cannot be read
    ├── CannotStart           this machine lacks something: a port, memory, a permission
    ├── NotRunning            the stack has no supervisor
    ├── AlreadyRunning        another supervisor owns the stack
    ├── ModelFailed           a model did not become ready
    ├── RolloutPaused         a rollout waits for somebody to decide                 (exit code 3)
    ├── CompanionFailed       a companion of the stack does not come up
    ├── DockerFailed          a docker command failed, or its engine does not answer
    │   └── ImageFailed       a revision's image cannot be built, or is larger than it may be
    ├── CertificateError      the gateway's certificate or its key cannot be used
    └── GatewayError          Envoy died, or refused its configuration
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class ArgosyError(Exception):
    """Something a user can understand and act on.

    ``what`` is a sentence without a full stop's worth of doubt; ``where`` a file, model or address;
    ``next_step`` what to do now.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, where: str | None = None, next_step: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.next_step:
            parts.append(self.next_step)
        return " ".join(
            part if part.endswith((".", "!", "?", ":")) else f"{part}." for part in parts
        )


class UsageError(ArgosyError):
    """The command was given something that cannot be meant."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a file. ``line`` and ``column`` count from 1."""

    file: Path
    line: int
    column: int
    path: str
    what: str
    next_step: str = ""

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}:{self.column}"
        text = f"{at}: {self.path}: {self.what}" if self.path else f"{at}: {self.what}"
        return f"{text}. {self.next_step}" if self.next_step else text


class FileMistakes(ArgosyError):
    """A file has mistakes; ``problems`` lists all of them in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __str__(self) -> str:
        return self.what


class StackFileError(FileMistakes):
    """The stack file has mistakes."""


class ComposeFileError(FileMistakes):
    """This is no Compose file, or one with mistakes."""


class DockerfileError(FileMistakes):
    """A Dockerfile has mistakes for which Docker would not begin to build it."""


class SuiteError(FileMistakes):
    """A suite cannot be read, or has mistakes."""


class LintConfigurationError(FileMistakes):
    """The linter's configuration has mistakes."""

    exit_code = 2


class EnvironmentFailed(ArgosyError):
    """A model's environment cannot be resolved or built; ``what`` carries uv's own reason."""


class WeightsNotFound(ArgosyError):
    """Weights that the stack file names cannot be read."""


class CannotStart(ArgosyError):
    """This machine lacks something the stack needs: a free port, memory, a permission."""


class NotRunning(ArgosyError):
    """The stack has no supervisor to talk to."""


class AlreadyRunning(ArgosyError):
    """Another supervisor owns the stack."""


class ModelFailed(ArgosyError):
    """A model did not become ready; ``what`` carries the last lines of its own traceback."""


class RolloutPaused(ArgosyError):
    """A rollout waits for somebody to decide; what served before serves on."""

    exit_code = 3


class CompanionFailed(ArgosyError):
    """A companion of the stack does not come up."""


class GatewayError(ArgosyError):
    """Envoy died, or refused its configuration."""


class DockerFailed(ArgosyError):
    """A docker command failed, in its own words, or the engine does not answer."""


class ImageFailed(DockerFailed):
    """The image of a revision cannot be built, or is larger than the stack file allows."""


class CertificateError(ArgosyError):
    """The gateway's certificate or its key, the file at ``path``, cannot be used."""

    def __init__(self, path: Path, what: str, next_step: str) -> None:
        super().__init__(what, where=str(path), next_step=next_step)
        self.path = path
