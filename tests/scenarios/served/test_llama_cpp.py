"""Real llama.cpp with a tiny model, through the gateway of a whole stack.

llama-cpp-python has no wheel on the package index and takes minutes to compile: this runs only
where a folder of UV_FIND_LINKS or PIP_FIND_LINKS holds its wheel.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx
import pytest

from tests.scenarios.served import tiny_gguf
from tests.scenarios.served.processes import session
from tests.scenarios.stack import StackUnderTest, runs

FOLDERS = [
    folder
    for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS")
    for folder in re.split(r"[\s,]+", os.environ.get(name, ""))
    if folder and "://" not in folder
]
HOW_TO = (
    "needs a wheel of llama-cpp-python: `pip wheel --no-deps llama-cpp-python` in a folder, and its"
    " path in UV_FIND_LINKS"
)

MODELS = """
small:
  engine: llama-cpp
  weights: ./tiny.gguf
  options: {n_ctx: 256, n-threads: 2}
"""

pytestmark = pytest.mark.skipif(
    not any([*Path(folder).glob("llama_cpp_python-*")] for folder in FOLDERS), reason=HOW_TO
)


def test_a_chat_is_answered_and_nothing_is_left(
    stack: StackUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", ",".join(FOLDERS))
    stack.write(MODELS)
    tiny_gguf.write(stack.folder / "tiny.gguf")
    stack.up()
    cold_start = stack.model("small")["cold_start"]
    assert cold_start["load"] > 0
    assert cold_start["warm_up"] > 0
    url = f"{stack.url}/models/small/v1/chat/completions"
    body = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 16}
    answer = httpx.post(url, json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["usage"]["completion_tokens"] > 0
    with httpx.stream("POST", url, json={**body, "stream": True}, timeout=60) as streamed:
        lines = [line for line in streamed.iter_lines() if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    assert len(lines) > 3
    assert httpx.get(f"{stack.url}/models/small/ready").json()["ready"] is True
    processes = session(stack.model("small")["replicas"][0]["pid"])
    assert stack.argosy("down").code == 0
    assert not any(runs(pid) for pid in processes)
