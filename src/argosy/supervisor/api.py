"""The supervisor's API: HTTP with JSON on a unix socket that belongs to the user alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from argosy.errors import ArgosyError
from argosy.supervisor.exposition import CONTENT_TYPE
from argosy.supervisor.loop import Supervisor
from argosy.supervisor.messages import (
    BACK,
    ISSUED_KEY,
    KEY,
    KEYS,
    RESTART,
    ROLL,
    ROLLOUTS,
    STACK,
    STATUS,
    UP,
    WANTED_KEY,
    steps_as_data,
)

Answer = dict[str, Any]
Command = Callable[[bytes], Awaitable[Answer]]


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
        return StreamingResponse(_lines(supervisor), media_type="application/jsonl")

    async def metrics(_: Request) -> Response:
        return Response(await supervisor.metrics(), headers={"content-type": CONTENT_TYPE})

    return Starlette(
        routes=[
            Route("/status", status),
            Route("/metrics", metrics),
            Route("/watch", watch),
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

    return roll, back, rollouts


def _key_commands(supervisor: Supervisor) -> tuple[Command, ...]:
    async def create_key(body: bytes) -> Answer:
        issued = supervisor.create_key(*WANTED_KEY.validate_json(body))
        return cast("Answer", ISSUED_KEY.dump_python(issued, mode="json"))

    async def list_keys(_: bytes) -> Answer:
        return {"keys": KEYS.dump_python(supervisor.keyring.known(), mode="json")}

    async def revoke_key(body: bytes) -> Answer:
        key = await supervisor.revoke_key(TypeAdapter(str).validate_json(body))
        return cast("Answer", KEY.dump_python(key, mode="json"))

    return create_key, list_keys, revoke_key


def _answer(command: Command) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await command(await request.body()))
        except ArgosyError as error:
            return JSONResponse({"error": str(error), "exit_code": error.exit_code}, 422)

    return endpoint


async def _lines(supervisor: Supervisor) -> AsyncIterator[bytes]:
    async for status in supervisor.watch():
        yield STATUS.dump_json(status) + b"\n"
