"""The shape of the stack file: every key, its kind, default, example and meaning. No I/O here.

From this one place come the checks of `stack/file.py`, the JSON Schema that editors read, and the
reference `docs/stack-file.md`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from argosy.stack.container_values import (
    COMPANIONS,
    GPU_DEVICES,
    SECRETS,
    SERVICE_NAME,
    ComposeService,
    CpuSet,
)
from argosy.stack.gateway_schema import GatewayShape
from argosy.stack.gateway_values import ALIASES, RoutePlace
from argosy.stack.limit_shapes import ModelLimitsShape
from argosy.stack.model import (
    DEFAULT_DRAIN,
    DEFAULT_MAX_BODY,
    DEFAULT_QUEUE,
    DEFAULT_START_TIMEOUT,
    DEFAULT_TIMEOUT,
    ModelRoute,
)
from argosy.stack.passed_on import OPTION_NAME, VARIABLE_NAME, AnyValue, CommandWords, VariableValue
from argosy.stack.rollout_defaults import DEFAULTS
from argosy.stack.rollout_shapes import ProbeShape, RolloutShape
from argosy.stack.shape import Shape, keys
from argosy.stack.shorthand import WordFor
from argosy.stack.units import show_duration, show_size
from argosy.stack.values import (
    Duration,
    LocalPath,
    Name,
    Number,
    PythonVersion,
    Size,
    Text,
    Truth,
    Word,
)
from argosy_runner import engines

PLATFORMS = ("process", "compose")
GATEWAY_WORDS = ("api", "gateway", "health", "metrics", "models", "ready", "v1", "v2")


def _written(seconds: float) -> Any:
    return show_duration(seconds)


def _bytes(count: int) -> Any:
    return show_size(count)


Keys: TypeAlias = tuple[str, ...]


class ResourcesShape(Shape):
    """What one replica may use."""

    cpus: Annotated[float, Number(above=0, most=1024)] | None = Field(
        default=None,
        description="CPUs: the replica is kept on as many cores, and numerical libraries start "
        "as many threads. Without it, all cores.",
        examples=[0.5, 2],
    )
    memory: Annotated[int, Size(least="32MiB")] | None = Field(
        default=None,
        description="Memory of the replica with its workers, at least 32MiB. A process that "
        "goes beyond is ended. Without it, no limit.",
        examples=["512MiB"],
    )
    cpuset: Annotated[str, CpuSet()] | None = Field(
        default=None,
        description="The CPUs that the replica is kept on, counted from 0. Without it, they are "
        "chosen, as many as `cpus`.",
        examples=["0-3,8"],
    )
    gpus: Annotated[int, Number(most=64, whole=True)] = Field(
        default=0,
        description="How many GPUs the replica gets. With 0 it sees none, and its packages are "
        "those for CPUs.",
        examples=[1],
    )
    gpu_devices: Annotated[tuple[str, ...], GPU_DEVICES] | None = Field(
        default=None,
        description="Which GPUs the replica gets, by index or UUID as `nvidia-smi -L` shows them, "
        "instead of any.",
        examples=[["0"]],
    )
    shm_size: Annotated[int, Size(least="1MiB")] | None = Field(
        default=None,
        description="Of the platform `compose`: the size of /dev/shm, which processes of one model "
        "share. Without it 1GiB with more than one worker or GPU, else what Docker gives, 64MiB.",
        examples=["2GiB"],
    )


class ImageShape(Shape):
    """How the image of a model is built, of the platform `compose` and of `argosy build`."""

    base: Annotated[str, Text("python:3.11-slim")] | None = Field(
        default=None,
        description="The image that it is built on: one with the Python of the model. Without it, "
        "the slim one of Python's own images.",
        examples=["python:3.11-slim-bookworm"],
    )
    max_size: Annotated[int, Size(least="1MiB")] | None = Field(
        default=None,
        description="The largest the image may be, its base included; a larger one is refused, and "
        "what it is made of is shown.",
        examples=["400MiB"],
    )


class BatchShape(Shape):
    """How rows are put together before the model computes."""

    max_size: Annotated[int, Number(least=1, most=65536, whole=True)] = Field(
        description="The most rows that go to the model at once.",
        examples=[64],
    )
    max_delay: Annotated[float, Duration(most="1m")] = Field(
        default=_written(0),
        description="How long a row may wait for company. With 0s, everything that waits goes "
        "as soon as the worker is free.",
        examples=["5ms"],
    )


class ModelShape(Shape):
    """One model: an isolated service with an environment of its own."""

    engine: Annotated[str, Word(functools.cache(engines.names))] = Field(
        default="python",
        description="What executes the model. `python` needs `code`, `command` a `command`, every "
        "other engine `weights`.",
        examples=["onnx"],
    )
    code: Annotated[str, LocalPath(example="./sentiment")] | None = Field(
        default=None,
        description="The folder of the model's code: model.py with a class Model, and "
        "requirements.txt, or pyproject.toml with uv.lock, or neither. Relative to the stack "
        "file.",
        examples=["./sentiment"],
    )
    weights: Annotated[str, LocalPath()] | None = Field(
        default=None,
        description="The model's data: a file or folder on this machine. Relative to the stack "
        "file.",
        examples=["./weights/digits.onnx"],
    )
    options: dict[Annotated[str, OPTION_NAME], Annotated[Any, AnyValue()]] = Field(
        default_factory=dict,
        description="What the engine is told: keys of its own, which [engines.md](engines.md) "
        "lists.",
        examples=[{"task": "text-classification"}],
    )
    trust: Annotated[Literal["pickle"], Word(lambda: ("pickle",))] | None = Field(
        default=None,
        description="`pickle` lets weights that come from elsewhere hold pickles, which are "
        "programs that run here. Weights on this machine need no trust.",
        examples=["pickle"],
    )
    command: Annotated[tuple[str, ...], CommandWords()] | None = Field(
        default=None,
        description="Of the engine `command`: the program and its arguments. `{host}`, `{port}`, "
        "`{address}`, `{weights}` and `{model}` are filled in; it runs in the folder of `code`.",
        examples=["python serve.py --port {port}"],
    )
    python: Annotated[str, PythonVersion()] | None = Field(
        default=None,
        description="The Python of the model's environment, 3.8 to 3.14, in quotes. Without "
        "it, the Python that Argosy runs on.",
        examples=["3.11"],
    )
    replicas: Annotated[int, Number(most=1000, whole=True)] = Field(
        default=1,
        description="How many copies of the model run. With 0, none.",
        examples=[2],
    )
    workers: Annotated[int, Number(least=1, most=256, whole=True)] = Field(
        default=1,
        description="How many processes hold the model in each replica.",
        examples=[2],
    )
    resources: ResourcesShape = Field(
        default_factory=ResourcesShape,
        description="What one replica may use.",
        examples=[{"cpus": 1, "memory": "512MiB"}],
    )
    batch: BatchShape | None = Field(
        default=None,
        description="How rows are put together before the model computes. Without it, as the "
        "model's code says.",
        examples=[{"max_size": 64, "max_delay": "0ms"}],
    )
    queue: Annotated[int, Number(least=1, most=1000000, whole=True)] = Field(
        default=DEFAULT_QUEUE,
        description="How many inputs may wait for a worker in each replica; beyond, requests are "
        "refused at once with 429. Of an engine that is a server of its own: how many requests "
        "each replica may have in flight.",
        examples=[200],
    )
    max_body: Annotated[int, Size(least="1KiB", most="2GiB")] = Field(
        default=_bytes(DEFAULT_MAX_BODY),
        description="The largest body of a request; a longer one is refused with 413 before it is "
        "read. Below `/v1/` it is 16MiB at most.",
        examples=["256MiB"],
    )
    timeout: Annotated[float, Duration(above="0s", most="24h")] = Field(
        default=_written(DEFAULT_TIMEOUT),
        description="The longest a whole answer may take; a worker that takes longer is replaced.",
        examples=["10s"],
    )
    start_timeout: Annotated[float, Duration(above="0s", most="24h")] = Field(
        default=_written(DEFAULT_START_TIMEOUT),
        description="The longest a replica may take from its start until it is ready.",
        examples=["2m"],
    )
    drain: Annotated[float, Duration(most="1h")] = Field(
        default=_written(DEFAULT_DRAIN),
        description="How long a replica that is being stopped goes on answering, so that no "
        "request is lost.",
        examples=["5s"],
    )
    env: dict[Annotated[str, VARIABLE_NAME], Annotated[str | int | float, VariableValue()]] = Field(
        default_factory=dict,
        description="Environment variables of the model: a name and a text for each.",
        examples=[{"LOG_LEVEL": "debug"}],
    )
    limits: ModelLimitsShape = Field(
        default_factory=ModelLimitsShape,
        description="What all callers together may ask of the model. Changing it makes no new "
        "revision.",
        examples=[{"rate": "200/s"}],
    )
    route: Annotated[ModelRoute, RoutePlace()] | None = Field(
        default=None,
        description="One more path of the model at the gateway, or a mapping of a `path` and the "
        "`host` at which it counts. The path itself answers like `/api/<name>`, what lies below it "
        "is the same path on a replica.",
        examples=["/vision"],
    )
    aliases: Annotated[tuple[str, ...], ALIASES] | None = Field(
        default=None,
        description="Other names by which callers may name the model.",
        examples=["gpt-4o-mini"],
    )
    secrets: Annotated[tuple[str, ...], SECRETS] | None = Field(
        default=None,
        description="Names of secrets: each is read from the variable of that name where `up` "
        "runs, or from the file `.env` beside the stack file, and lies in a file for the model, "
        "whose path is in the variable `<name>_FILE`.",
        examples=["HF_TOKEN"],
    )
    depends_on: Annotated[tuple[str, ...], COMPANIONS] | None = Field(
        default=None,
        description="Companions of `services` that are started first, and healthy where they have "
        "a health check. The model reaches them by their names.",
        examples=["redis"],
    )
    internet: Annotated[bool, Truth()] = Field(
        default=False,
        description="Of the platform `compose`: whether the model may reach the internet. Without "
        "it, only the companions that it depends on.",
        examples=[True],
    )
    image: ImageShape = Field(
        default_factory=ImageShape,
        description="How its image is built.",
        examples=[{"max_size": "400MiB"}],
    )
    weights_in_image: Annotated[bool, Truth()] = Field(
        default=False,
        description="Whether the weights are the last layer of the image. Without it, they are "
        "mounted, read-only.",
        examples=[True],
    )
    probe: ProbeShape | None = Field(
        default=None,
        description="Questions with known answers: whether it is as accurate as it should be.",
        examples=[{"suite": "./probes/arithmetic.jsonl", "scorer": "contains"}],
    )
    rollout: Annotated[RolloutShape, WordFor("defaults", Word(lambda: tuple(DEFAULTS)))] = Field(
        default_factory=RolloutShape,
        description="How a new revision takes over from the one before: in full, or the word for "
        "its `defaults`.",
        examples=[{"steps": [10, 50, 100], "hold": "5m"}, "production"],
    )


class StackShape(Shape):
    """All that one stack file declares."""

    name: Annotated[str, Name(example="desk")] | None = Field(
        default=None,
        description="The stack's name: up to 40 of a-z, 0-9 and -, a letter first. Without it, "
        "the folder's name.",
        examples=["desk"],
    )
    platform: Annotated[str, Word(lambda: PLATFORMS, later=("kubernetes",))] = Field(
        default="process",
        description="Where replicas run. `process`: as processes of this machine. `compose`: as "
        "containers of Docker. `argosy up --platform` overrides it.",
        examples=["compose"],
    )
    models: dict[Annotated[str, Name(taken=GATEWAY_WORDS)], ModelShape] = Field(
        default_factory=dict,
        description="The models by name: up to 40 of a-z, 0-9 and -, a letter first. At least one.",
        examples=[{"sentiment": {"code": "./sentiment"}}],
    )
    gateway: GatewayShape = Field(
        default_factory=GatewayShape,
        description="The single entry point.",
        examples=[{"listen": "127.0.0.1:8081"}],
    )
    services: dict[Annotated[str, SERVICE_NAME], Annotated[dict[str, Any], ComposeService()]] = (
        Field(
            default_factory=dict,
            description="Companions of the models, on the platform `compose`: services as Compose "
            "file has them, by name. A relative path in them is relative to the stack file.",
            examples=[{"redis": {"image": "redis:7"}}],
        )
    )


NAME = "<name>"  # stands for the name of a model in `shapes`


def shapes(root: type[Shape] = StackShape) -> dict[Keys, type[Shape]]:
    """Every mapping of the file by its path: ``("models", NAME, "batch")`` → `BatchShape`."""
    return dict(_shapes((), root))


def _shapes(
    path: tuple[str, ...], shape: type[Shape]
) -> Iterator[tuple[tuple[str, ...], type[Shape]]]:
    yield path, shape
    for key, field in keys(shape).items():
        named = get_origin(field.annotation) is dict
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Shape):
                yield from _shapes((*path, key, NAME) if named else (*path, key), kind)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the stack file."""
    schema = schema_of(StackShape, "Argosy stack file")
    schema["properties"]["models"]["minProperties"] = 1
    return {**schema, "required": ["models"]}


def schema_of(root: type[Shape], title: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file."""
    schema = root.model_json_schema(schema_generator=_Generator)
    named = {key: value for key, value in schema.items() if key != "title"}
    return {"$schema": GenerateJsonSchema.schema_dialect, "title": title, **named}


class _Generator(GenerateJsonSchema):
    """A key without a value is refused, and ``x-`` keys are allowed in every mapping."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = super().default_schema(schema)
        return {key: value for key, value in inner.items() if key != "default" or value is not None}

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return {**super().model_schema(schema), "patternProperties": {"^x-": {}}}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        names = self.generate_inner(schema["keys_schema"])["anyOf"][0]["pattern"]
        values = self.generate_inner(schema["values_schema"])
        return {
            "type": "object",
            "patternProperties": {"^x-": {}, names.replace("^", "^(?!x-)", 1): values},
            "additionalProperties": False,
        }
