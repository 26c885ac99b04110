"""Load by wrk, and two servers compared under it.

The two sides take turns (A B A B …) and the median of the rounds' ratios is reported, so that a
neighbour that takes the processor for a while slows both.
"""

from __future__ import annotations

import json
import math
import shutil
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from argosy.errors import ArgosyError

SCRIPT = Path(__file__).parent / "predict.lua"
WARM_UP_SECONDS = 1
LONGEST_WARM_UP = 60  # seconds
# wrk counts whole answers: of a server that takes a second for each, a short round loses those that
# are under way at its end, a third of them in three seconds.
ANSWERS_A_CONNECTION = 20
PACKAGES = {"h2load": "nghttp2-client"}  # of Debian, where they have another name


@dataclass(frozen=True)
class Effort:
    """How long one measurement takes and how often it is repeated."""

    seconds: int = 4
    rounds: int = 5


@dataclass(frozen=True)
class Target:
    """Where a body is posted, and with what headers."""

    url: str
    body: Path
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What wrk counted. Latencies are milliseconds."""

    requests_per_second: float
    p50: float
    p99: float
    requests: int = 0


@dataclass(frozen=True)
class Comparison:
    """The medians of both sides, and of the ratios (ours over the peer's) round by round."""

    connections: int
    argosy: Load
    peer: Load
    throughput: float
    p50: float
    p99: float


def compare(
    argosy: str,
    peer: str,
    body: Path,
    connections: int,
    effort: Effort,
    peer_body: Path | None = None,
) -> Comparison:
    """Post ``body`` to both addresses in turns, on ``connections`` kept-open connections.

    ``peer_body`` is the same question as the peer writes it, where that differs.
    """
    sides = {"argosy": Target(argosy, body), "peer": Target(peer, peer_body or body)}
    loads = take_turns(sides, connections, effort)
    return comparison(connections, loads["argosy"], loads["peer"])


def take_turns(
    targets: Mapping[str, Target], connections: int, effort: Effort
) -> dict[str, list[Load]]:
    """One target after the other, round by round; of each its loads, a round each.

    A round takes ``effort.seconds``, and of a slow target as long as every connection needs for
    `ANSWERS_A_CONNECTION` answers.
    """
    seconds = {
        name: max(
            effort.seconds, math.ceil(ANSWERS_A_CONNECTION * _answer_seconds(target, connections))
        )
        for name, target in targets.items()
    }
    rounds = [
        {name: _measured(target, connections, seconds[name]) for name, target in targets.items()}
        for _ in range(effort.rounds)
    ]
    return {name: [one[name] for one in rounds] for name in targets}


def _answer_seconds(target: Target, connections: int) -> float:
    """How long one takes when all connections ask, found while the target warms up."""
    seconds = WARM_UP_SECONDS
    while True:
        load = put_load(target, connections, seconds)
        if load.requests >= connections:
            return connections / load.requests_per_second
        seconds *= 2
        if seconds > LONGEST_WARM_UP:
            raise ArgosyError(
                f"{load.requests} answers within {seconds // 2} s to {connections} connections",
                where=target.url, next_step="Look at that server's log: it may be overloaded.",
            )  # fmt: skip


def comparison(connections: int, argosy: Sequence[Load], peer: Sequence[Load]) -> Comparison:
    """Of loads that took turns."""
    pairs = list(zip(argosy, peer, strict=True))
    return Comparison(
        connections,
        argosy=median(argosy),
        peer=median(peer),
        throughput=statistics.median(
            ours.requests_per_second / theirs.requests_per_second for ours, theirs in pairs
        ),
        p50=statistics.median(ours.p50 / theirs.p50 for ours, theirs in pairs),
        p99=statistics.median(ours.p99 / theirs.p99 for ours, theirs in pairs),
    )


def put_load(target: Target, connections: int, seconds: int) -> Load:
    """Raises `ArgosyError` where any answer was not a success."""
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency",
        *(f"-H{name}: {value}" for name, value in target.headers.items()), "-s", str(SCRIPT),
    ]  # fmt: skip
    done = subprocess.run(
        [*command, target.url, "--", str(target.body)],
        capture_output=True, text=True, check=False, timeout=seconds + 30,
    )  # fmt: skip
    if done.returncode:
        raise ArgosyError(done.stderr.strip() or done.stdout.strip(), where=f"wrk on {target.url}")
    counted = json.loads(done.stderr.splitlines()[-1])
    if counted["failed"]:
        raise ArgosyError(
            f"{counted['failed']} of {counted['requests']} requests failed", where=target.url
        )
    return Load(
        requests_per_second=counted["requests"] / (counted["microseconds"] / 1e6),
        p50=counted["p50"] / 1e3,
        p99=counted["p99"] / 1e3,
        requests=counted["requests"],
    )


def _measured(target: Target, connections: int, seconds: int) -> Load:
    load = put_load(target, connections, seconds)
    if not load.requests:
        raise ArgosyError(
            f"nothing was answered within {seconds} s", where=target.url,
            next_step="Measure for longer: --seconds.",
        )  # fmt: skip
    return load


def need(*programs: str) -> None:
    """Raises `ArgosyError` for a program that is not on PATH."""
    for program in programs:
        if not shutil.which(program):
            raise ArgosyError(
                f"{program} is not installed",
                next_step=f"Install it: `apt-get install {PACKAGES.get(program, program)}`, "
                "or your system's own package.",
            )


def median(loads: Sequence[Load]) -> Load:
    """Each value's own."""
    return Load(
        statistics.median(load.requests_per_second for load in loads),
        statistics.median(load.p50 for load in loads),
        statistics.median(load.p99 for load in loads),
    )
