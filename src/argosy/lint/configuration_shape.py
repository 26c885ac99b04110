"""The shape of the linter's configuration: every key, its kind, default and meaning. No I/O here.

From this one place come the checks, the JSON Schema and the reference in `docs/lint.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field
from pydantic.json_schema import JsonSchemaValue

from argosy.errors import UsageError
from argosy.lint.finding import SEVERITIES
from argosy.lint.project.facts import Thresholds
from argosy.lint.rule import named
from argosy.stack.gateway_values import Words
from argosy.stack.kind import wrong
from argosy.stack.passed_on import KeyName
from argosy.stack.shape import Shape
from argosy.stack.units import show_duration, show_size
from argosy.stack.values import Duration, Number, Size, Truth, Word

NO_THRESHOLD = "none"
OFF = "off"
_RULE = r"AI[0-9]{0,3}|[a-z0-9]+([-_][a-z0-9]+)*"
_RULE_STEP = "Name rules by code (AI305), start of a code (AI3) or slug."
_DEFAULTS = Thresholds()


@dataclass(frozen=True)
class RuleNames(Words):
    """Rules by code, start of a code, or slug; a name of none is refused."""

    pattern: str = _RULE
    of: str = "a rule"
    rule: str = _RULE_STEP

    def _read(self, value: object) -> tuple[str, ...]:
        found = super()._read(value)
        for one in found:
            _check(one)
        return found

    def _describe(self) -> str:
        return "list of rules"


@dataclass(frozen=True)
class RuleName(KeyName):
    """One rule, or the start of a code, as a key."""

    def _read(self, value: object) -> str:
        text = super()._read(value)
        _check(text)
        return text


@dataclass(frozen=True)
class Patterns(Words):
    """Paths with ``*``; what a folder's name stands for is all below it."""

    ANY_TEXT: ClassVar[bool] = True

    pattern: str = r"[^\0]+"
    of: str = "a pattern"
    rule: str = "Write patterns like `legacy/*`."

    def _schema(self) -> JsonSchemaValue:
        one = {"type": "string", "minLength": 1}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}

    def _describe(self) -> str:
        return "list of patterns"


@dataclass(frozen=True)
class PatternName(KeyName):
    """A pattern, as a key."""

    def _describe(self) -> str:
        return "pattern"


_RULE_NAME = RuleName("AI305", of="a rule", pattern=_RULE, rule=_RULE_STEP)
_PATTERN = PatternName(
    "legacy/*", of="paths", pattern=r"[^\0]+", rule="Write patterns like `legacy/*`."
)
_SERVICE = KeyName("chat", of="a service", pattern=r"\S+", rule="Write it as the file has it.")


def _check(name: str) -> None:
    try:
        named(name)
    except UsageError as error:
        raise wrong(error.what, error.next_step or "") from None


def _alias(name: str) -> str:
    return name.replace("_", "-")


class LintShape(Shape):
    """One mapping of the file, whose keys have hyphens."""

    model_config = ConfigDict(alias_generator=_alias)


def _written(seconds: float) -> Any:
    return show_duration(seconds)


def _bytes(count: int) -> Any:
    return show_size(count)


def _seconds(example: str, description: str) -> Any:
    return Field(default=None, description=description, examples=[example])


class ServiceFactsShape(LintShape):
    """What was measured of one service, or is known otherwise."""

    cold_start: Annotated[float, Duration(most="24h")] | None = _seconds(
        "90s", "How long it takes from its start until it is ready."
    )
    drain: Annotated[float, Duration(most="24h")] | None = _seconds(
        "30s", "How long its longest request takes, which is finished before it stops."
    )
    memory_p99: Annotated[int, Size(least="1MiB")] | None = Field(
        default=None,
        description="The memory that it stays below 99 % of the time.",
        examples=["16GiB"],
    )


class FactsShape(ServiceFactsShape):
    """What no file says. Rules that need it are silent without."""

    driver: Annotated[int, Number(least=300, most=9999, whole=True)] | None = Field(
        default=None,
        description="The branch of NVIDIA's driver where the containers will run.",
        examples=[580],
    )
    compute_capability: Annotated[float, Number(least=3, most=20)] | None = Field(
        default=None,
        description="The compute capability of the GPUs there.",
        examples=[8.6],
    )
    services: dict[Annotated[str, _SERVICE], ServiceFactsShape] = Field(
        default_factory=dict,
        description="The same of single services, by name; what is said above holds for the rest.",
        examples=[{"chat": {"cold-start": "3m"}}],
    )


class ThresholdsShape(LintShape):
    """Where rules begin to speak."""

    small_weights: Annotated[int, Size(least="1B")] = Field(
        default=_bytes(_DEFAULTS.small_weights),
        description="Weights below this are small enough to lie in an image.",
        examples=["100MB"],
    )
    large_path: Annotated[int, Size(least="1B")] = Field(
        default=_bytes(_DEFAULTS.large_path),
        description="A path in a build's context that is large.",
        examples=["100MB"],
    )
    gpu_memory_warning: Annotated[float, Number(most=1)] = Field(
        default=_DEFAULTS.gpu_memory_warning,
        description="The share of a GPU's memory from which an engine leaves too little.",
        examples=[0.9],
    )
    gpu_memory_error: Annotated[float, Number(most=1)] = Field(
        default=_DEFAULTS.gpu_memory_error,
        description="The share from which that is an error.",
        examples=[0.95],
    )
    memory_headroom: Annotated[float, Number(least=1, most=100)] = Field(
        default=_DEFAULTS.memory_headroom,
        description="How many times the measured memory a limit should be.",
        examples=[1.2],
    )
    cold_start_headroom: Annotated[float, Number(least=1, most=100)] = Field(
        default=_DEFAULTS.cold_start_headroom,
        description="How many times the measured cold start a health check should wait.",
        examples=[2],
    )
    drain: Annotated[float, Duration(most="24h")] = Field(
        default=_written(_DEFAULTS.drain),
        description="How long requests take to finish where nothing is measured.",
        examples=["30s"],
    )


class IgnoresShape(LintShape):
    """What comments that silence rules may do."""

    allowed: Annotated[bool, Truth()] = Field(
        default=True, description="With `false` they silence nothing.", examples=[False]
    )
    need_reason: Annotated[bool, Truth()] = Field(
        default=False,
        description="With `true` a comment without a reason silences nothing.",
        examples=[True],
    )
    report_unused: Annotated[bool, Truth()] = Field(
        default=False,
        description="With `true` a note tells of each comment that silences no finding.",
        examples=[True],
    )


class ConfigurationShape(LintShape):
    """All keys of `.argosy-lint.yaml`, or of `[tool.argosy.lint]` in `pyproject.toml`."""

    select: Annotated[tuple[str, ...], RuleNames()] | None = Field(
        default=None,
        description="The rules that are used. Without it, all of them.",
        examples=[["AI1", "AI305"]],
    )
    ignore: Annotated[tuple[str, ...], RuleNames()] | None = Field(
        default=None,
        description="Rules that are not used.",
        examples=[["no-log-rotation"]],
    )
    severity: dict[Annotated[str, _RULE_NAME], Annotated[str, Word(lambda: (*SEVERITIES, OFF))]] = (
        Field(
            default_factory=dict,
            description="How severe findings of a rule are; `off` leaves it out.",
            examples=[{"AI305": "error"}],
        )
    )
    per_path: dict[Annotated[str, _PATTERN], Annotated[tuple[str, ...], RuleNames()]] = Field(
        default_factory=dict,
        description="Rules that are left out in files whose path is like a pattern.",
        examples=[{"legacy/*": ["AI3"]}],
    )
    exclude: Annotated[tuple[str, ...], Patterns()] | None = Field(
        default=None,
        description="Files and folders that are not looked at, by pattern.",
        examples=[["vendor", "legacy/old"]],
    )
    failure_threshold: Annotated[str, Word(lambda: (*SEVERITIES, NO_THRESHOLD))] = Field(
        default="warning",
        description="The least severity with which the exit code is 1; with `none` it never is.",
        examples=["error"],
    )
    ignores: IgnoresShape = Field(
        default_factory=IgnoresShape,
        description="What comments that silence rules may do.",
        examples=[{"need-reason": True}],
    )
    thresholds: ThresholdsShape = Field(
        default_factory=ThresholdsShape,
        description="Where rules begin to speak.",
        examples=[{"small-weights": "50MB"}],
    )
    facts: FactsShape = Field(
        default_factory=FactsShape,
        description="What was measured, or is known otherwise.",
        examples=[{"driver": 580, "cold-start": "90s"}],
    )
