"""The gateway with keys, limits, metrics and access log on, beside other gateways.

All of them forward to the same nginx, which answers every chat with one completion.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from argosy.errors import ArgosyError
from benchmarks import first_byte, machine, proxies, servers
from benchmarks.load import Effort, Load, Target, comparison, median, need, put_load, take_turns
from benchmarks.report import Line, compared
from benchmarks.stack import Started

TITLE = "Gateway with keys, limits, metrics and log, at 32 connections and at 1"
LITELLM_THROUGHPUT = 80.0
LITELLM_WARM_UP = 10  # seconds; it loads parts of itself with its first requests
ADDED_MILLISECONDS = 0.25
ENVOY_MILLISECONDS = 0.11  # what a bare Envoy adds where that limit was set: 0.35 less 0.24
OF_ENVOY = ADDED_MILLISECONDS / ENVOY_MILLISECONDS
UPSTREAM = servers.PEERS / "upstream"
PATH = "/v1/chat/completions"
PLENTY = "1000000/s"
IN_GATEWAY = f"limits: {{per_key: {PLENTY}, per_address: {PLENTY}}}"
IN_SERVICE = f"limits: {{per_key: {PLENTY}, concurrency: 100000, tokens_per_minute: 1000000000}}"
STACK = """\
name: bench
models:
  chat:
    engine: command
    code: ./upstream
    command: [sh, serve.sh, "{{port}}", "{chat}", {folder}]
    limits: {{rate: {plenty}}}
  talker:
    engine: command
    code: ./upstream
    command: [python, talker.py, "{{port}}", "{talker}"]
gateway:
  listen: 127.0.0.1:{port}
  keys: required
  log: {{access: file}}
  metrics: 127.0.0.1:{metrics}
  {limits}
"""
Rounds = Mapping[str, list[Load]]


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when a part is missing, fails, or answers something else."""
    need("wrk", "nginx", "redis-server")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name, contextlib.ExitStack() as up:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's worker is another user where all this is root's
        gateway = up.enter_context(_up(folder))
        litellm = up.enter_context(proxies.litellm(folder, gateway.chat, gateway.talker))
        bare = {
            "Envoy": up.enter_context(proxies.envoy(folder, gateway.chat)),
            "nginx": up.enter_context(proxies.nginx(folder, gateway.chat)),
            "upstream": f"http://127.0.0.1:{gateway.chat}",
        }
        question = _question(folder, "chat")
        targets = {
            "argosy": Target(gateway.url + PATH, question, gateway.key),
            "LiteLLM": Target(litellm + PATH, question, _bearer(proxies.MASTER_KEY)),
            **{name: Target(url + PATH, question) for name, url in bare.items()},
        }
        lines = _beside_others(gateway, targets, effort)
        lines += _first_bytes(gateway, litellm, effort)
        del targets["LiteLLM"], targets["nginx"]
        redis = up.enter_context(proxies.redis(folder))
        in_redis = f"{IN_GATEWAY}\n  redis: {redis}\n  redis_failure: deny"
        for where, limits in {"service": IN_SERVICE, "Redis": in_redis}.items():
            gateway.limit(limits)
            lines += _counted_elsewhere(where, gateway, targets, effort)
        return lines


class Gateway:
    """A stack of two upstreams, and a key to it. ``chat`` and ``talker`` are the upstreams' ports.

    Both listen on another port, too, where Argosy's gateway reaches them.
    """

    def __init__(self, folder: Path) -> None:
        self.chat, self.talker = servers.free_port(), servers.free_port()
        self.folder = folder
        self.key: Mapping[str, str] = {}
        self._port, self._metrics = servers.free_port(), servers.free_port()
        self._stack = Started(folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def up(self) -> None:
        shutil.copytree(UPSTREAM, self.folder / "upstream")
        (self.folder / "serves").mkdir()
        self.limit(IN_GATEWAY)
        made = self._stack.argosy("keys", "create", "bench", "--stack", str(self.folder))
        self.key = _bearer(made.strip())

    def limit(self, limits: str) -> None:
        """Go on with other limits; the models' replicas stay."""
        text = STACK.format(
            chat=self.chat, talker=self.talker, folder=self.folder / "serves", plenty=PLENTY,
            port=self._port, metrics=self._metrics, limits=limits,
        )  # fmt: skip
        (self.folder / "argosy.yaml").write_text(text)
        self._stack.up()

    def down(self) -> None:
        self._stack.down()

    def check(self, question: Path, sent: int) -> None:
        """Raises `ArgosyError` where anything that is to be on does not work."""
        body = question.read_bytes()
        keyless = httpx.post(self.url + PATH, content=body, trust_env=False)
        limited = httpx.post(self.url + PATH, content=body, headers=self.key, trust_env=False)
        scraped = httpx.get(f"http://127.0.0.1:{self._metrics}/metrics", trust_env=False).text
        counted = sum(
            float(line.rpartition(" ")[2])
            for line in scraped.splitlines()
            if line.startswith("argosy_gateway_requests_total{") and 'model="chat"' in line
        )
        logged = [
            json.loads(line)
            for file in (self.folder / ".argosy").glob("access.log*")
            for line in file.read_text().splitlines()[-20:-1]
        ]
        works = {
            "keys": keyless.status_code == 401,
            "limits": "x-ratelimit-remaining" in limited.headers,
            "metrics": counted >= sent,
            "log": any(line["key"] for line in logged),
        }
        if off := [name for name, on in works.items() if not on]:
            raise ArgosyError(f"not on: {', '.join(off)}", where=self.url)


@contextlib.contextmanager
def _up(folder: Path) -> Iterator[Gateway]:
    gateway = Gateway(folder)
    try:
        gateway.up()
        yield gateway
    finally:
        gateway.down()


def _beside_others(gateway: Gateway, targets: Mapping[str, Target], effort: Effort) -> list[Line]:
    _same_completion(targets)
    put_load(targets["LiteLLM"], 32, LITELLM_WARM_UP)
    at_32, at_1 = (take_turns(targets, connections, effort) for connections in (32, 1))
    with machine.awake() as is_awake:
        awake_at_1 = take_turns(targets, 1, effort)
    gateway.check(targets["argosy"].body, sum(load.requests for load in at_32["argosy"]))
    return [
        *_throughput("LiteLLM", at_32, LITELLM_THROUGHPUT),
        _added(
            "awake: adds at p50" if is_awake else "adds at p50 again",
            "argosy",
            awake_at_1,
            ADDED_MILLISECONDS,
        ),
        _added("awake: Envoy adds at p50" if is_awake else "Envoy again", "Envoy", awake_at_1),
        _of_envoy("awake: of what Envoy adds" if is_awake else "of Envoy's again", awake_at_1),
        _added("adds at p50", "argosy", at_1, ADDED_MILLISECONDS),
        _of_envoy("of what Envoy adds", at_1),
        *(_added(f"{name} adds at p50", name, at_1) for name in ("LiteLLM", "Envoy", "nginx")),
        *(line for name in ("Envoy", "nginx", "upstream") for line in _throughput(name, at_32)),
    ]


def _counted_elsewhere(
    where: str, gateway: Gateway, targets: Mapping[str, Target], effort: Effort
) -> list[Line]:
    """With limits that Envoy does not count itself."""
    at_32, at_1 = (take_turns(targets, connections, effort) for connections in (32, 1))
    gateway.check(targets["argosy"].body, sum(load.requests for load in at_32["argosy"]))
    return [
        *_throughput("Envoy", at_32, name=where),
        _added(f"{where}: adds at p50", "argosy", at_1),
    ]


def _first_bytes(gateway: Gateway, litellm: str, effort: Effort) -> list[Line]:
    question = _question(gateway.folder, "talker", stream=True)
    waits = first_byte.take_turns(
        {
            "argosy": Target(gateway.url + PATH, question, gateway.key),
            "LiteLLM": Target(litellm + PATH, question, _bearer(proxies.MASTER_KEY)),
            "upstream": Target(f"http://127.0.0.1:{gateway.talker}{PATH}", question),
        },
        effort,
    )
    at = {name: statistics.quantiles(found, n=100) for name, found in waits.items()}
    return [
        Line(
            f"{name}: first byte, p{part}", at["argosy"][part - 1] / at[name][part - 1], "×",
            argosy=f"{at['argosy'][part - 1]:.2f} ms", peer=f"{at[name][part - 1]:.2f} ms",
        )
        for name in ("LiteLLM", "upstream")
        for part in (50, 99)
    ]  # fmt: skip


def _throughput(
    peer: str, rounds: Rounds, at_least: float | None = None, name: str = ""
) -> list[Line]:
    found = compared(comparison(32, rounds["argosy"], rounds[peer]), throughput=at_least)
    return [line.named(f"{name or peer}: {line.what}") for line in found[:1]]


def _added(what: str, name: str, rounds: Rounds, at_most: float | None = None) -> Line:
    """What ``name`` puts between a caller and the upstream, at one connection."""
    pairs = zip(rounds[name], rounds["upstream"], strict=True)
    return Line(
        what, statistics.median(through.p50 - alone.p50 for through, alone in pairs), " ms",
        at_most=at_most,
        argosy=f"{median(rounds['argosy']).p50:.2f} ms" if name == "argosy" else "",
        peer=f"{median(rounds['upstream' if name == 'argosy' else name]).p50:.2f} ms",
    )  # fmt: skip


def _of_envoy(what: str, rounds: Rounds) -> Line:
    """What Argosy adds in terms of what a bare Envoy does: the limit on any machine."""
    turns = zip(rounds["argosy"], rounds["Envoy"], rounds["upstream"], strict=True)
    ratios = [(ours.p50 - alone.p50) / (bare.p50 - alone.p50) for ours, bare, alone in turns]
    return Line(what, statistics.median(ratios), "×", at_most=round(OF_ENVOY, 2))


def _question(folder: Path, model: str, **more: object) -> Path:
    said = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "What is an argosy? Answer in one sentence."},
    ]
    file = folder / f"{model}.json"
    file.write_text(json.dumps({"model": model, "messages": said, "temperature": 0, **more}))
    return file


def _bearer(key: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {key}"}


def _same_completion(targets: Mapping[str, Target]) -> None:
    said = {}
    for name, target in targets.items():
        headers = {"content-type": "application/json", **target.headers}
        body = target.body.read_bytes()
        answer = httpx.post(target.url, content=body, headers=headers, timeout=60, trust_env=False)
        if not answer.is_success:
            raise ArgosyError(f"{answer.status_code} {answer.text}", where=target.url)
        said[name] = answer.json()["choices"][0]["message"]["content"]
    if len(set(said.values())) > 1:
        raise ArgosyError(f"they disagree: {said}")
