"""A Docker Engine, asked over its unix socket (Engine API 1.44: Docker 25 and newer)."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from typing import Any, NoReturn

import httpx

from argosy.docker.command import docker
from argosy.errors import DockerFailed

VERSION = "v1.44"  # the oldest that Docker 29 speaks
ANSWER_SECONDS = 30.0
START_IT = "Start it: `sudo systemctl start docker`; `argosy doctor` looks closer."
LOG_HEADER = 8  # bytes before each piece of a log: stream, three zeros, length (Engine API)

# Of a container's life. Its health is asked all the time, and each question is three events.
CHANGES = ("create", "start", "pause", "unpause", "oom", "die", "destroy")

Container = Mapping[str, Any]


async def engine_socket() -> str:
    """The path of the unix socket that ``docker`` itself would use, by DOCKER_HOST or context.

    Raises `DockerFailed` where the engine is on another machine.
    """
    host = os.environ.get("DOCKER_HOST", "")
    if not host:
        words = ("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        host = (await docker(*words)).strip()
    if not host.startswith("unix://"):
        raise DockerFailed(
            "replicas run on this machine only, and this engine is elsewhere",
            where=host,
            next_step="Unset DOCKER_HOST, or `docker context use default`.",
        )
    return host.removeprefix("unix://")


class Engine:
    """Every method raises `DockerFailed` when the engine does not answer, or refuses."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        transport = httpx.AsyncHTTPTransport(uds=socket, verify=False)
        self._client = httpx.AsyncClient(
            transport=transport, base_url=f"http://docker/{VERSION}", timeout=ANSWER_SECONDS
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def containers(self, *labels: str) -> list[Container]:
        """All of them, stopped ones included, that have these ``name=value`` labels; inspected."""
        filters = json.dumps({"label": list(labels)})
        listed = await self._ask("GET", "/containers/json", all="true", filters=filters)
        found = [await self.container(one["Id"]) for one in listed.json()]
        return [one for one in found if one is not None]

    async def container(self, identity: str) -> Container | None:
        """What is known of one; None if it is gone."""
        answer = await self._ask("GET", f"/containers/{identity}/json", missing=True)
        found: Container | None = None if answer.status_code == 404 else answer.json()
        return found

    async def signal(self, identity: str, name: str) -> None:
        """Send a signal; nothing happens to one that does not run."""
        await self._ask("POST", f"/containers/{identity}/kill", missing=True, signal=name)

    async def wait(self, identity: str) -> None:
        """Return once it does not run."""
        path = f"/containers/{identity}/wait"
        await self._ask("POST", path, missing=True, patience=None, condition="not-running")

    async def start(self, identity: str) -> None:
        """Start one that has ended."""
        await self._ask("POST", f"/containers/{identity}/start", missing=True)

    async def keep_on(self, identity: str, cpus: Iterable[int]) -> None:
        """Keep all processes of one on these CPUs, now and whenever it is started again."""
        chosen = {"CpusetCpus": ",".join(str(one) for one in sorted(cpus))}
        await self._ask("POST", f"/containers/{identity}/update", missing=True, body=chosen)

    async def remove(self, identity: str) -> None:
        """Remove one with its anonymous volumes; what still runs is killed."""
        await self._ask("DELETE", f"/containers/{identity}", missing=True, force="true", v="true")

    async def memory(self, identity: str) -> int | None:
        """Bytes that its processes use, without files that could be dropped from memory."""
        path = f"/containers/{identity}/stats?stream=false&one-shot=true"
        answer = await self._ask("GET", path, missing=True)
        used = answer.json().get("memory_stats", {}) if answer.is_success else {}
        if "usage" not in used:
            return None
        details = used.get("stats", {})
        droppable = details.get("inactive_file", details.get("total_inactive_file", 0))
        return int(used["usage"]) - int(droppable)

    async def last_lines(self, identity: str, count: int) -> list[str]:
        """The last lines that a container has printed."""
        path = f"/containers/{identity}/logs"
        answer = await self._ask("GET", path, missing=True, stdout="1", stderr="1", tail=str(count))
        return _unframed(answer.content).splitlines() if answer.is_success else []

    async def events(self, label: str, since: float) -> AsyncGenerator[Mapping[str, Any], None]:
        """What has changed containers with this label since then, and does, until the engine goes.

        ``since`` is in seconds since 1970, so that nothing is missed between a look and this.
        """
        filters = json.dumps({"label": [label], "type": ["container"], "event": CHANGES})
        request = self._client.build_request(
            "GET", "/events", params={"filters": filters, "since": f"{since:.9f}"},
            timeout=httpx.Timeout(ANSWER_SECONDS, read=None),
        )  # fmt: skip
        with _translated(self._socket):
            answer = await self._client.send(request, stream=True)
            try:
                if answer.is_error:
                    await answer.aread()
                    self._refuse(answer)
                async for line in answer.aiter_lines():
                    with contextlib.suppress(ValueError):  # half of one, as the engine goes
                        yield json.loads(line)
            finally:
                await answer.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        missing: bool = False,
        patience: float | None = ANSWER_SECONDS,
        body: Mapping[str, str] | None = None,
        **parameters: str,
    ) -> httpx.Response:
        """With ``missing``, an object that is gone or does not run is no error."""
        timeout = httpx.Timeout(ANSWER_SECONDS, read=patience)
        with _translated(self._socket):
            answer = await self._client.request(
                method, path, params=parameters or None, json=body, timeout=timeout
            )
        if answer.is_error and not (missing and answer.status_code in {404, 409}):
            self._refuse(answer)
        return answer

    def _refuse(self, answer: httpx.Response) -> NoReturn:
        with contextlib.suppress(ValueError):
            raise DockerFailed(answer.json()["message"], where=self._socket)
        raise DockerFailed(f"Docker answers {answer.status_code}", where=self._socket)


@contextlib.contextmanager
def _translated(socket: str) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise DockerFailed(
            f"the Docker engine does not answer: {reason}", where=socket, next_step=START_IT
        ) from error


def _unframed(content: bytes) -> str:
    """The text of a log, whose pieces come with a header each unless the container has a tty."""
    parts, at = [], 0
    while at + LOG_HEADER <= len(content) and content[at] in (0, 1, 2):
        length = int.from_bytes(content[at + 4 : at + LOG_HEADER], "big")
        parts.append(content[at + LOG_HEADER : at + LOG_HEADER + length])
        at += LOG_HEADER + length
    return (b"".join(parts) or content).decode(errors="replace")
