"""The stack file: YAML → `Stack`, or every mistake in it with its place and the next step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from argosy.errors import Problem, StackFileError
from argosy.stack import clashes, limits, mistakes, options, references, rollouts
from argosy.stack import document as documents
from argosy.stack.document import Document
from argosy.stack.gateway_schema import CorsShape, GatewayShape, TlsShape
from argosy.stack.model import (
    Batch,
    Cors,
    Gateway,
    GatewayLog,
    ImageSettings,
    Model,
    Resources,
    Stack,
    Tls,
)
from argosy.stack.schema import ModelShape, ResourcesShape, StackShape
from argosy.stack.values import slug


def load(file: Path, environment: Mapping[str, str] = os.environ) -> Stack:
    """The stack that a file declares.

    ``environment`` fills in ``${VAR}``. Raises `StackFileError` with all mistakes at once.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        what = f"the stack file cannot be read: {error.strerror}"
        raise StackFileError((Problem(_near(file), 1, 1, "", what),)) from error
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        document = Document(_near(file), content.decode(errors="replace"))
        index = len(content[: error.start].decode())
        document.problem(index, (), "the file is not UTF-8", "Save it as UTF-8.")
        raise StackFileError(tuple(document.problems)) from error
    return parse(text, file, environment)


def parse(text: str, file: Path, environment: Mapping[str, str] = os.environ) -> Stack:
    """The stack that the text of ``file`` declares; like `load`."""
    file = file.absolute()
    document = documents.read(text, _near(file), environment)
    shape = mistakes.check(document)
    _check_models(document)
    _check_keys(document, shape)
    limits.check(document, shape)
    options.check(document, shape)
    clashes.check(document, shape)
    rollouts.check(document, shape)
    references.check(document, shape, file.parent)
    if document.problems:
        raise StackFileError(_once(document.problems))
    return Stack(
        name=shape.name or slug(file.parent.name),
        file=file,
        models=tuple(
            _model(document, name, one, file.parent, shape.gateway.traces)
            for name, one in shape.models.items()
        ),
        platform=shape.platform,
        gateway=_gateway(shape.gateway, file.parent),
        services=shape.services,
    )


def _check_models(document: Document) -> None:
    if document.data.get("models") or document.is_faulty(("models",)):
        return
    what, step = "no model is declared", "Write `models:` and, below it, `hello: {code: ./hello}`."
    document.problem(document.place(("models",)).key, ("models",), what, step)


def _check_keys(document: Document, shape: StackShape) -> None:
    path = ("gateway", "keys")
    if shape.gateway.keys == "none" and shape.gateway.issuers:
        what = "callers need no key, and yet issuers of keys are named"
        step = "Write `keys: required`, or take the issuers out."
        document.problem(document.place(path).value, path, what, step)


def _gateway(shape: GatewayShape, folder: Path) -> Gateway:
    gateway = Gateway(
        shape.listen,
        shape.keys,
        shape.issuers,
        shape.max_connections,
        limits=limits.of_caller(shape.limits),
        redis=shape.redis,
        redis_failure=shape.redis_failure,
        tls=_tls(shape.tls, folder) if shape.tls else None,
        cors=_cors(shape.cors) if shape.cors else None,
        log=GatewayLog(cast("Any", shape.log.access)),
        metrics=shape.metrics,
        traces=shape.traces,
        trace_share=shape.trace_share,
    )
    return replace(gateway, keys="required" if gateway.needs_keys else "none")


def _cors(shape: CorsShape) -> Cors:
    return Cors(shape.origins, shape.headers or (), shape.credentials, shape.max_age)


def _tls(shape: TlsShape, folder: Path) -> Tls:
    certificate, key = (references.resolve(folder, path) for path in (shape.certificate, shape.key))
    return Tls(certificate, key, shape.redirect_from)


def _model(
    document: Document, name: str, shape: ModelShape, folder: Path, traces: str | None
) -> Model:
    return Model(
        name=name,
        engine=shape.engine,
        code=references.resolve(folder, shape.code) if shape.code else None,
        weights=references.resolve(folder, shape.weights) if shape.weights else None,
        options=shape.options,
        trust=shape.trust,
        command=shape.command or (),
        python=shape.python,
        replicas=shape.replicas,
        workers=shape.workers,
        resources=_resources(shape.resources),
        batch=Batch(shape.batch.max_size, shape.batch.max_delay) if shape.batch else None,
        queue=shape.queue,
        max_body=shape.max_body,
        timeout=shape.timeout,
        start_timeout=shape.start_timeout,
        drain=shape.drain,
        env={
            key: value if isinstance(value, str) else _as_written(document, name, key)
            for key, value in shape.env.items()
        },
        limits=limits.of_model(shape.limits),
        route=shape.route,
        aliases=shape.aliases or (),
        secrets=shape.secrets or (),
        depends_on=shape.depends_on or (),
        internet=shape.internet,
        image=ImageSettings(shape.image.base, shape.image.max_size),
        weights_in_image=shape.weights_in_image,
        probe=rollouts.of_probe(shape.probe, folder, shape.timeout) if shape.probe else None,
        rollout=rollouts.of_rollout(shape.rollout),
        traces=traces,
    )


def _resources(shape: ResourcesShape) -> Resources:
    return Resources(
        shape.cpus,
        shape.memory,
        cpuset=shape.cpuset,
        gpus=shape.gpus,
        gpu_devices=shape.gpu_devices or (),
        shm_size=shape.shm_size,
    )


def _as_written(document: Document, model_name: str, variable: str) -> str:
    """A number keeps the form it has in the file: ``0.10`` stays ``0.10``."""
    return document.place(("models", model_name, "env", variable)).written


def _once(problems: list[Problem]) -> tuple[Problem, ...]:
    """Without repetitions: a mistake behind an anchor is found wherever its alias stands."""
    first: dict[tuple[int, int, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.line, problem.column, problem.what), problem)
    return tuple(first.values())


def _near(file: Path) -> Path:
    """As the user would name it: relative to the current folder where it lies below."""
    absolute, here = file.absolute(), Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
