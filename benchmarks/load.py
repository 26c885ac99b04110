"""Load by wrk, and two servers compared under it.

The two sides take turns (A B A B …) and the median of the rounds' ratios is reported, so that a
neighbour that takes the processor for a while slows both.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from argosy.errors import ArgosyError

SCRIPT = Path(__file__).parent / "predict.lua"
WARM_UP_SECONDS = 1
PACKAGES = {"h2load": "nghttp2-client"}  # of Debian, where they have another name


@dataclass(frozen=True)
class Effort:
    """How long one measurement takes and how often it is repeated."""

    seconds: int = 4
    rounds: int = 5


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
    sides = ((argosy, body), (peer, peer_body or body))
    for url, question in sides:
        put_load(url, question, connections, WARM_UP_SECONDS)
    pairs = [
        tuple(put_load(url, question, connections, effort.seconds) for url, question in sides)
        for _ in range(effort.rounds)
    ]
    return Comparison(
        connections,
        argosy=_median([ours for ours, _ in pairs]),
        peer=_median([theirs for _, theirs in pairs]),
        throughput=statistics.median(
            ours.requests_per_second / theirs.requests_per_second for ours, theirs in pairs
        ),
        p50=statistics.median(ours.p50 / theirs.p50 for ours, theirs in pairs),
        p99=statistics.median(ours.p99 / theirs.p99 for ours, theirs in pairs),
    )


def put_load(url: str, body: Path, connections: int, seconds: int) -> Load:
    """Raises `ArgosyError` where wrk is missing or any answer was not a success."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(SCRIPT)]
    done = subprocess.run(
        [*command, url, "--", str(body)],
        capture_output=True, text=True, check=False, timeout=seconds + 30,
    )  # fmt: skip
    if done.returncode:
        raise ArgosyError(done.stderr.strip() or done.stdout.strip(), where=f"wrk on {url}")
    counted = json.loads(done.stderr.splitlines()[-1])
    if counted["failed"]:
        raise ArgosyError(
            f"{counted['failed']} of {counted['requests']} requests failed", where=url
        )
    return Load(
        requests_per_second=counted["requests"] / (counted["microseconds"] / 1e6),
        p50=counted["p50"] / 1e3,
        p99=counted["p99"] / 1e3,
        requests=counted["requests"],
    )


def need(*programs: str) -> None:
    """Raises `ArgosyError` for a program that is not on PATH."""
    for program in programs:
        if not shutil.which(program):
            raise ArgosyError(
                f"{program} is not installed",
                next_step=f"Install it: `apt-get install {PACKAGES.get(program, program)}`, "
                "or your system's own package.",
            )


def _median(loads: list[Load]) -> Load:
    return Load(
        statistics.median(load.requests_per_second for load in loads),
        statistics.median(load.p50 for load in loads),
        statistics.median(load.p99 for load in loads),
    )
