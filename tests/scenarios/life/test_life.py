"""The life of a stack: up, beside another, interrupted, down."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import httpx
import pytest

from tests.scenarios.stack import ECHO, StackUnderTest, kill, runs
from tests.waiting import eventually

ONE = "echo:\n  code: ./echo\n"
SLOW = """
import time

class Model:
    def load(self, weights):
        time.sleep(2)

    def predict(self, input):
        return input
"""


@pytest.mark.on_every_platform
async def test_down_leaves_nothing_behind(stack: StackUnderTest, own_folders: Path) -> None:
    stack.write(ONE, echo__model=ECHO)
    stack.up()
    status = stack.status()
    pids = [status["gateway"]["pid"], *stack.worker_pids("echo")]
    assert stack.argosy("down").code == 0
    assert not any(runs(pid) for pid in pids)
    await eventually(lambda: not runs(status["supervisor_pid"]))
    assert [one for one in own_folders.rglob("*") if one.is_socket()] == []
    assert stack.argosy("ls").out.startswith("No stack runs")
    assert stack.argosy("down").code == 0


@pytest.mark.on_every_platform
def test_up_again_after_down_serves_the_same_revision(stack: StackUnderTest) -> None:
    stack.write(ONE, echo__model=ECHO)
    stack.up()
    stack.argosy("down")
    stack.up()
    assert stack.model("echo")["serving"] == 1
    assert stack.call("echo", "a").json() == {"output": "a"}


def test_two_ups_at_once_make_one_stack(stack: StackUnderTest) -> None:
    stack.write(ONE, echo__model=SLOW)
    both = [stack.start("up", "-d"), stack.start("up", "-d")]
    outputs = [one.communicate(timeout=60)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], outputs
    replicas = stack.model("echo")["replicas"]
    assert [one["name"] if "name" in one else one["index"] for one in replicas] == [1]


@pytest.mark.on_every_platform
async def test_an_interrupted_up_is_finished_by_the_next(stack: StackUnderTest) -> None:
    stack.write(ONE, echo__model=SLOW)
    interrupted = stack.start("up", "-d")
    await eventually(
        lambda: stack.argosy("ps", "--json").code == 0 and bool(stack.status()["models"])
    )
    interrupted.kill()
    interrupted.communicate(timeout=10)
    kill(stack.status()["supervisor_pid"])
    stack.up()
    assert stack.call("echo", "a").json() == {"output": "a"}
    assert len(stack.model("echo")["replicas"]) == 1


async def test_ctrl_c_in_the_foreground_stops_the_stack(stack: StackUnderTest) -> None:
    stack.write(ONE, echo__model=ECHO)
    foreground = stack.start("up")
    await eventually(lambda: stack.argosy("ps", "--json").code == 0)
    stack.wait_ready()
    foreground.send_signal(signal.SIGINT)
    output, _ = foreground.communicate(timeout=60)
    assert foreground.returncode == 0, output
    assert stack.argosy("ps").code == 1


def test_two_stacks_run_side_by_side_and_a_taken_port_names_the_other(
    stack: StackUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = StackUnderTest(tmp_path_factory.mktemp("other"))
    try:
        stack.write(ONE, echo__model=ECHO)
        other.write(ONE, echo__model=ECHO)
        stack.up()
        other.up()
        listed = json.loads(stack.argosy("ls", "--json").out)
        assert {one["file"] for one in listed} == {
            str(stack.folder / "argosy.yaml"),
            str(other.folder / "argosy.yaml"),
        }
        assert other.argosy("down").code == 0
        other.port = stack.port
        other.write(ONE)
        result = other.argosy("up", "-d")
        assert result.code == 1
        assert str(stack.folder) in result.err
    finally:
        other.end()


def test_logs_show_what_the_model_prints_with_the_name_of_its_replica(
    stack: StackUnderTest,
) -> None:
    talking = ECHO.replace("return input", "print('asked for', input, flush=True); return input")
    stack.write(ONE, echo__model=talking)
    stack.up()
    stack.call("echo", "bread")
    assert "echo.r1.1 | asked for bread" in stack.argosy("logs", "echo").out


def test_cold_starts_are_measured_and_shown(stack: StackUnderTest) -> None:
    stack.write(ONE, echo__model=SLOW)
    stack.up()
    model = stack.model("echo")
    assert model["cold_start"]["load"] >= 2
    printed = json.loads(stack.argosy("ps", "--json").out)
    assert printed["models"][0]["cold_start"] == model["cold_start"]
    assert model["environment_seconds"] > 0
    assert "cold start" in stack.argosy("ps").out.lower()


def test_a_stack_starts_again_with_another_shared_store(
    stack: StackUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
class Model:
    def load(self, weights):
        self.word = weights.read_text()

    def predict(self, input):
        return self.word
"""
    stack.write("a:\n  code: ./a\n  weights: ./word.txt\n", a__model=code)
    stack.put("word.txt", "hello")
    for home in ("first", "second"):
        monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / home))
        stack.up()
        assert stack.call("a", None).json() == {"output": "hello"}
        assert stack.argosy("down").code == 0
        shutil.rmtree(tmp_path / home)


def test_init_makes_a_stack_that_runs(stack: StackUnderTest) -> None:
    made = stack.folder / "first"
    assert stack.argosy("init", "first").code == 0
    file = made / "argosy.yaml"
    file.write_text(file.read_text().replace("127.0.0.1:8080\n", f"127.0.0.1:{stack.port}\n"))
    assert stack.argosy("init", "first").code == 2
    result = stack.argosy("up", "-d", "first")
    assert result.code == 0, result.err
    assert f"http://127.0.0.1:{stack.port}/api/hello" in result.out
    assert stack.argosy("down", "first").code == 0


def test_a_copied_stack_folder_is_a_stack_of_its_own(
    stack: StackUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stack.write(ONE, echo__model=ECHO)
    stack.up()
    other = StackUnderTest(tmp_path_factory.mktemp("copies") / "copy")
    shutil.copytree(stack.folder, other.folder)
    try:
        assert other.argosy("ps").code == 1
        other.write(ONE)
        other.up()
        assert other.status()["supervisor_pid"] != stack.status()["supervisor_pid"]
        assert other.call("echo", "a").json() == {"output": "a"}
    finally:
        other.end()


def test_another_envoy_takes_over_and_the_stack_goes_on(stack: StackUnderTest) -> None:
    stack.write(ONE, echo__model=ECHO)
    stack.up()
    before = stack.status()["gateway"]["pid"]
    result = stack.argosy("restart", "--gateway")
    assert (result.code, result.out) == (
        0, "Another Envoy serves; the one before finishes its streams.\n"
    )  # fmt: skip
    assert stack.status()["gateway"]["pid"] != before
    assert stack.call("echo", "a").json() == {"output": "a"}
    wrong = stack.argosy("restart", "--gateway", "echo")
    assert (wrong.code, "--gateway replaces no model" in wrong.err) == (2, True)


def test_a_command_on_a_stack_that_does_not_run_says_so(stack: StackUnderTest) -> None:
    stack.write(ONE, echo__model=ECHO)
    for command in (["ps"], ["call", "echo", '{"input": 1}'], ["scale", "echo=2"], ["restart"]):
        result = stack.argosy(*command)
        assert result.code == 1
        assert "argosy up" in result.err
        assert "Traceback" not in result.err


def test_a_model_whose_batches_answer_differently_is_not_batched_and_ps_says_why(
    stack: StackUnderTest,
) -> None:
    code = """
class Model:
    max_batch = 8
    examples = ["a", "b", "c"]

    def predict(self, inputs):
        return inputs[::-1]
"""
    stack.write("swaps:\n  code: ./swaps\n", swaps__model=code)
    stack.up()
    assert "served unbatched: example " in stack.argosy("ps").out
    answer = httpx.post(f"{stack.url}/api/swaps", json={"inputs": ["x", "y"]})
    assert answer.json() == {"outputs": ["x", "y"]}
