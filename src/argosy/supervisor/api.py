"""The supervisor's API: HTTP with JSON on a unix socket that belongs to the user alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send

from argosy.errors import ArgosyError
from argosy.supervisor.exposition import CONTENT_TYPE
from argosy.supervisor.loop import Supervisor
from argosy.supervisor.messages import (
    BACK,
    HOST,
    HOSTED,
    ISSUED_KEY,
    KEY,
    KEYS,
    NOISE,
    RESTART,
    ROLL,
    ROLLOUTS,
    SELF_RUN,
    STACK,
    STATUS,
    UP,
    WANTED_KEY,
    steps_as_data,
)
from argosy.supervisor.status import Hosted

Answer = dict[str, Any]
Command = Callable[[bytes], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Response]]


def application(supervisor: Supervisor) -> Starlette:
    """The API over one supervisor. Errors are ``{"error": sentence, "exit_code": number}``."""

    async def up(body: bytes) -> Answer:
        stack, allow_downtime = UP.validate_json(body)
        return {"generation": await supervisor.up(stack, allow_downtime=allow_downtime)}

    async def plan(body: bytes) -> Answer:
        return {"steps": steps_as_data(await supervisor.plan(STACK.validate_json(body)))}

    async def scale(body: bytes) -> Answer:
        replicas = TypeAdapter(dict[str, int]).validate_json(body)
        return {"generation": await supervisor.scale(replicas)}

    async def restart(body: bytes) -> Answer:
        models, allow_downtime = RESTART.validate_json(body)
        return {"generation": await supervisor.restart(models, allow_downtime=allow_downtime)}

    async def restart_gateway(_: bytes) -> Answer:
        return {"generation": await supervisor.restart_gateway()}

    async def down(_: bytes) -> Answer:
        return {"generation": await supervisor.down()}

    async def status(_: Request) -> Response:
        await supervisor.look_around()
        return Response(STATUS.dump_json(supervisor.status()), media_type="application/json")

    async def watch(_: Request) -> Response:
        return _Lines(_statuses(supervisor), media_type="application/jsonl")

    async def metrics(_: Request) -> Response:
        return Response(await supervisor.metrics(), headers={"content-type": CONTENT_TYPE})

    return Starlette(
        routes=[
            Route("/status", status),
            Route("/metrics", metrics),
            Route("/watch", watch),
            Route("/host", _host(supervisor), methods=["POST"]),
            *(
                Route(f"/{command.__name__}", _answer(command), methods=["POST"])
                for command in (
                    up,
                    plan,
                    scale,
                    restart,
                    restart_gateway,
                    down,
                    *_rollout_commands(supervisor),
                    *_key_commands(supervisor),
                )
            ),
        ]
    )


def _rollout_commands(supervisor: Supervisor) -> tuple[Command, ...]:
    async def roll(body: bytes) -> Answer:
        model, what = ROLL.validate_json(body)
        return {"generation": await supervisor.roll(model, what)}

    async def back(body: bytes) -> Answer:
        model, number, allow_downtime = BACK.validate_json(body)
        generation, chosen = await supervisor.back(model, number, allow_downtime=allow_downtime)
        return {"generation": generation, "revision": chosen}

    async def rollouts(body: bytes) -> Answer:
        found = supervisor.rollouts.history(TypeAdapter(str).validate_json(body))
        return {"rollouts": ROLLOUTS.dump_python(found, mode="json")}

    async def noise(body: bytes) -> Answer:
        found = supervisor.noise.of(TypeAdapter(str).validate_json(body))
        return {"noise": NOISE.dump_python(found, mode="json")}

    async def add_noise(body: bytes) -> Answer:
        supervisor.noise.add(*SELF_RUN.validate_json(body))
        return {}

    return roll, back, rollouts, noise, add_noise


def _key_commands(supervisor: Supervisor) -> tuple[Command, ...]:
    async def create_key(body: bytes) -> Answer:
        issued = await supervisor.keys.create(*WANTED_KEY.validate_json(body))
        return cast("Answer", ISSUED_KEY.dump_python(issued, mode="json"))

    async def list_keys(_: bytes) -> Answer:
        return {"keys": KEYS.dump_python(supervisor.keyring.known(), mode="json")}

    async def revoke_key(body: bytes) -> Answer:
        key = await supervisor.keys.revoke(TypeAdapter(str).validate_json(body))
        return cast("Answer", KEY.dump_python(key, mode="json"))

    return create_key, list_keys, revoke_key


def _answer(command: Command) -> Endpoint:
    @_with_errors
    async def endpoint(request: Request) -> Response:
        return JSONResponse(await command(await request.body()))

    return endpoint


def _with_errors(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ArgosyError as error:
            return JSONResponse({"error": str(error), "exit_code": error.exit_code}, 422)

    return guarded


def _host(supervisor: Supervisor) -> Endpoint:
    """A replica of a kept revision runs for as long as the answer is read."""

    @_with_errors
    async def host(request: Request) -> Response:
        told = supervisor.host(*HOST.validate_json(await request.body()))
        first = await anext(told)
        return _Lines(_hosted(first, told), media_type="application/jsonl")

    return host


class _Lines(StreamingResponse):
    """What makes the lines is closed as soon as nobody reads them any more."""

    def __init__(self, lines: AsyncGenerator[bytes], media_type: str) -> None:
        super().__init__(lines, media_type=media_type)
        self._lines = lines

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._lines):
            await super().stream_response(send)


async def _statuses(supervisor: Supervisor) -> AsyncGenerator[bytes]:
    async with aclosing(supervisor.watch()) as statuses:
        async for status in statuses:
            yield STATUS.dump_json(status) + b"\n"


async def _hosted(first: Hosted, told: AsyncGenerator[Hosted]) -> AsyncGenerator[bytes]:
    async with aclosing(told):
        yield HOSTED.dump_json(first) + b"\n"
        async for one in told:
            yield HOSTED.dump_json(one) + b"\n"
