"""What containers add: each model is alone, has little, and is seen by Docker's own commands."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from argosy.supervisor.client import Client
from tests.docker_engine import PYTHON_IMAGE, DockerEngine
from tests.scenarios.containers import ContainedStack
from tests.scenarios.stack import ECHO, Load, aside, kill
from tests.waiting import eventually

pytestmark = pytest.mark.docker

LOOKS_AROUND = """
import os
import pathlib
import socket

class Model:
    def predict(self, input):
        return getattr(self, input["do"])(input.get("what"))

    def connect(self, what):
        try:
            socket.create_connection((what[0], what[1]), timeout=2).close()
        except OSError as error:
            return type(error).__name__
        return "connected"

    def routes(self, what):
        lines = pathlib.Path("/proc/net/route").read_text().splitlines()[1:]
        return [line.split()[1] for line in lines]

    def read(self, what):
        return pathlib.Path(os.environ[what]).read_text()

    def write(self, what):
        try:
            pathlib.Path(what).write_text("x")
        except OSError as error:
            return error.strerror
        return "written"

    def user(self, what):
        return [os.getuid(), os.getgid()]
"""
EATS = """
class Model:
    def predict(self, size: int) -> int:
        return len(bytearray(size << 20))
"""
SERVES = (
    "import http.server as h; h.HTTPServer(('', 80), h.SimpleHTTPRequestHandler).serve_forever()"
)
HEALTHY = (
    "import socket, time; time.sleep(0.1); socket.create_connection(('127.0.0.1', 80)).close()"
)
STACK = """
alone:
  code: ./code
  drain: 0s
  secrets: [TOKEN]
  resources: {cpus: 0.5, memory: 256MiB}
social:
  code: ./code
  drain: 0s
  depends_on: cache
  internet: true
"""


@pytest.fixture(scope="module")
def contained(
    tmp_path_factory: pytest.TempPathFactory,
    module_folders: Path,
    module_docker_engine: DockerEngine,
) -> Iterator[ContainedStack]:
    """Two models and a companion, for tests that only look."""
    stack = ContainedStack(tmp_path_factory.mktemp("stack"), module_docker_engine)
    stack.services = {
        "cache": {
            "image": PYTHON_IMAGE,
            "init": True,
            "command": ["python3", "-c", SERVES],
            "healthcheck": {
                "test": ["CMD", "python3", "-c", HEALTHY],
                "interval": "1s",
                "retries": 20,
            },
        }
    }
    stack.write(STACK, code__model=LOOKS_AROUND)
    stack.put(".env", "TOKEN=hunter2\n")
    stack.up()
    yield stack
    stack.end()


@pytest.fixture
def stack(tmp_path: Path, docker_engine: DockerEngine) -> Iterator[ContainedStack]:
    """One that is a test's own."""
    made = ContainedStack(tmp_path, docker_engine)
    yield made
    made.end()


def ask(stack: ContainedStack, model: str, do: str, what: Any = None) -> Any:
    answer = stack.call(model, {"do": do, "what": what})
    assert answer.status_code == 200, answer.text
    return answer.json()["output"]


def inspected(stack: ContainedStack, model: str) -> dict[str, Any]:
    (container,) = stack.containers(model)
    found: dict[str, Any] = json.loads(stack.engine.docker("inspect", container))[0]
    return found


def cpus(stack: ContainedStack, container: str) -> frozenset[int]:
    """Those on which its processes may run."""
    pid = int(stack.engine.docker("inspect", "--format", "{{.State.Pid}}", container))
    return frozenset(os.sched_getaffinity(pid))


def address(found: dict[str, Any]) -> str:
    (network,) = found["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


def test_a_model_reaches_neither_the_others_nor_the_internet(contained: ContainedStack) -> None:
    other = address(inspected(contained, "social"))
    assert ask(contained, "alone", "connect", [other, 8000]) != "connected"
    assert ask(contained, "alone", "connect", ["cache", 80]) == "gaierror"
    assert "00000000" not in ask(contained, "alone", "routes")


def test_a_model_reaches_its_companion_and_the_internet_where_the_file_says_so(
    contained: ContainedStack,
) -> None:
    other = address(inspected(contained, "alone"))
    assert ask(contained, "social", "connect", ["cache", 80]) == "connected"
    assert "00000000" in ask(contained, "social", "routes")
    assert ask(contained, "social", "connect", [other, 8000]) != "connected"


def test_a_model_has_little_and_can_write_nowhere_but_in_its_scratch_folder(
    contained: ContainedStack,
) -> None:
    found = inspected(contained, "alone")["HostConfig"]
    assert found["ReadonlyRootfs"]
    assert found["CapDrop"] == ["ALL"]
    assert found["SecurityOpt"] == ["no-new-privileges:true"]
    assert (found["Memory"], found["MemorySwap"]) == (256 << 20, 256 << 20)
    assert (found["NanoCpus"], found["PidsLimit"]) == (500_000_000, 1024)
    assert found["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}
    assert ask(contained, "alone", "user") == [10001, 10001]
    assert ask(contained, "alone", "write", "/code/x") == "Read-only file system"
    assert ask(contained, "alone", "write", "/tmp/x") == "written"


def test_a_secret_is_in_a_file_and_nowhere_else(contained: ContainedStack) -> None:
    assert ask(contained, "alone", "read", "TOKEN_FILE") == "hunter2"
    assert "hunter2" not in json.dumps(inspected(contained, "alone"))
    project = contained.folder / ".argosy" / "compose" / "compose.yaml"
    assert "hunter2" not in project.read_text()


def test_compose_itself_understands_what_runs(contained: ContainedStack) -> None:
    project = ("--project-name", contained.project)
    listed = contained.engine.docker("compose", *project, "ps", "--format", "json").splitlines()
    services = {row["Service"]: row["State"] for row in map(json.loads, listed)}
    assert services == {"alone-r1": "running", "social-r1": "running", "cache": "running"}
    logs = contained.engine.docker("compose", *project, "logs", "alone-r1")
    assert "ready: start" in logs
    assert "ready: start" in contained.argosy("logs", "alone").out


async def test_what_somebody_killed_is_started_again_and_costs_no_request(
    stack: ContainedStack,
) -> None:
    stack.write("echo:\n  code: ./echo\n  replicas: 2\n  drain: 0s\n", echo__model=ECHO)
    await aside(stack.up)
    victim = stack.containers("echo")[0]
    async with Load(f"{stack.url}/api/echo").running() as load:
        await aside(stack.engine.docker, "kill", victim)
        await load.more(200)
    assert load.failed == 0, load.failures[:3]
    status = await aside(stack.wait_ready)
    reasons = [one["reason"] for one in status["models"][0]["replicas"]]
    assert "it was ended by SIGKILL" in reasons
    await aside(stack.engine.docker, "rm", "--force", victim)
    await eventually(lambda: len(stack.containers("echo")) == 2)
    await aside(stack.wait_ready)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU leaves nothing to choose")
async def test_replicas_are_kept_on_cpus_of_their_own_also_by_a_later_supervisor(
    stack: ContainedStack,
) -> None:
    model = "echo:\n  code: ./echo\n  replicas: {}\n  drain: 0s\n  resources: {{cpus: 1}}\n"
    stack.write(model.format(1), echo__model=ECHO)
    await aside(stack.up)
    (first,) = stack.containers("echo")
    kill(stack.status()["supervisor_pid"])
    stack.write(model.format(2))
    await aside(stack.up)
    one, other = (cpus(stack, container) for container in stack.containers("echo"))
    assert len(one) == len(other) == 1
    assert one != other
    assert first in stack.containers("echo")


async def test_what_cannot_be_started_is_tried_ever_more_seldom_and_hinders_nobody(
    stack: ContainedStack, tmp_path: Path
) -> None:
    bad = "bad:\n  code: ./echo\n  drain: 0s\n  resources: {gpu_devices: ['97']}\n"
    stack.write(f"{bad}good:\n  code: ./echo\n  drain: 0s\n", echo__model=ECHO)
    result = await aside(stack.argosy, "up", "-d")
    assert result.code == 1
    assert "bad did not become ready" in result.err
    assert stack.call("good", "a").json() == {"output": "a"}
    log = tmp_path / ".argosy" / "supervisor.log"
    await eventually(lambda: len(tried(log)) >= 3)
    first, second, third = tried(log)[:3]
    assert second - first >= timedelta(seconds=0.99)
    assert third - second >= timedelta(seconds=1.99)


def tried(log: Path) -> list[datetime]:
    """When containers could not be made."""
    lines = [one for one in log.read_text().splitlines() if "cannot be made" in one]
    return [datetime.strptime(one[:23], "%Y-%m-%d %H:%M:%S,%f") for one in lines]  # noqa: DTZ007


def test_an_image_that_cannot_be_built_leaves_what_runs_as_it_is(stack: ContainedStack) -> None:
    stack.write("echo:\n  code: ./echo\n  drain: 0s\n", echo__model=ECHO)
    stack.up()
    stack.write("echo:\n  code: ./echo\n  drain: 0s\n  image: {base: 'no-such-image:1'}\n")
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "no-such-image:1" in result.err
    assert "echo r1 goes on serving" in result.err
    assert stack.call("echo", "a").json() == {"output": "a"}


def test_a_stack_moves_to_another_platform_only_after_it_is_down(stack: ContainedStack) -> None:
    stack.write("echo:\n  code: ./echo\n  drain: 0s\n", echo__model=ECHO)
    assert stack.argosy("up", "-d", "--platform", "process").code == 0
    refused = stack.argosy("up", "-d")
    assert refused.code == 2
    assert "the stack runs on the platform process, and the file says compose" in refused.err
    assert stack.argosy("down").code == 0
    stack.up()
    assert stack.call("echo", "a").json() == {"output": "a"}
    assert len(stack.containers("echo")) == 1


def test_without_an_engine_up_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "model.py").write_text(ECHO)
    text = "platform: compose\nmodels: {echo: {code: ./code}}\ngateway: {listen: '127.0.0.1:1'}\n"
    (tmp_path / "argosy.yaml").write_text(text)
    done = subprocess.run(
        ["python", "-m", "argosy", "up", "-d"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "the Docker engine does not answer" in done.stderr
    assert "systemctl start docker" in done.stderr
    assert "Traceback" not in done.stderr


async def test_other_companions_are_brought_up_although_no_replica_is_missing(
    stack: ContainedStack,
) -> None:
    sleeps = {"image": PYTHON_IMAGE, "init": True, "command": ["sleep", "1000"]}

    def companions() -> set[str]:
        project = f"label=com.docker.compose.project={stack.project}"
        words = ("ps", "--filter", project, "--format", '{{.Label "com.docker.compose.service"}}')
        return set(stack.engine.docker(*words).split()) - {"echo-r1"}

    stack.services = {"one": sleeps, "two": sleeps}
    stack.write("echo:\n  code: ./echo\n  drain: 0s\n", echo__model=ECHO)
    await aside(stack.up)
    assert companions() == {"one", "two"}
    stack.services = {"two": sleeps, "three": sleeps}
    stack.write("echo:\n  code: ./echo\n  drain: 0s\n")
    await aside(stack.up)
    await eventually(lambda: companions() == {"two", "three"})
    assert stack.model("echo")["serving"] == 1


async def test_a_companion_that_does_not_come_up_hinders_only_who_depends_on_it(
    stack: ContainedStack,
) -> None:
    broken, absent = {"image": PYTHON_IMAGE, "command": ["false"]}, {"image": "localhost:1/none:1"}
    stack.services = {"broken": broken, "absent": absent}
    free = "free:\n  code: ./echo\n  drain: 0s\n"
    stack.write(f"{free}bound:\n  code: ./echo\n  depends_on: broken\n", echo__model=ECHO)
    result = await aside(stack.argosy, "up", "-d")
    assert result.code == 1
    assert "bound: broken does not come up: " in result.err
    assert stack.call("free", "a").json() == {"output": "a"}
    assert "absent does not come up: " in stack.argosy("ps").out
    stack.write(free)
    result = await aside(stack.argosy, "up", "-d")
    assert result.code == 1
    assert "not all of `services` come up:\nabsent: " in result.err


async def test_a_model_that_wants_more_memory_than_it_has_fails_alone(
    stack: ContainedStack,
) -> None:
    eats = "eats:\n  code: ./eats\n  drain: 0s\n  resources: {memory: 256MiB}\n"
    stack.write(f"{eats}echo:\n  code: ./echo\n  drain: 0s\n", eats__model=EATS, echo__model=ECHO)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo").running() as load:
        answer = await aside(stack.call, "eats", 1000)
        assert answer.status_code >= 500
        await load.more(50)
        await eventually(lambda: stack.call("eats", 1).status_code == 200)
    assert load.failed == 0, load.failures[:3]
    assert stack.call("eats", 1).json() == {"output": 1 << 20}
    await aside(stack.wait_ready)


def test_a_revision_comes_back_while_its_last_container_is_being_removed(
    stack: ContainedStack,
) -> None:
    for number in (1, 2):
        stack.write("echo:\n  code: ./code\n  drain: 0s\n", code__model=f"{ECHO}\n# {number}\n")
        stack.up()
    for _ in range(3):  # each time Compose mostly meets the container that is on its way out
        stack.wait(lambda status: _serves_alone(status, 2), "only r2 is there")
        with Client((stack.folder / "argosy.yaml").resolve()) as client:
            client.back("echo", 1)
            stack.wait(_drains, "r2 drains")
            client.back("echo", 2)
        serves = stack.wait(lambda status: _has_come_back(status, 2), "r2 serves, or has failed")
        assert serves["models"][0]["state"] != "failed", serves["models"][0]["reason"]


def _serves_alone(status: dict[str, Any], revision: int) -> bool:
    (model,) = status["models"]
    return (model["serving"], len(model["replicas"])) == (revision, 1)


def _drains(status: dict[str, Any]) -> bool:
    return any(one["state"] == "draining" for one in status["models"][0]["replicas"])


def _has_come_back(status: dict[str, Any], revision: int) -> bool:
    (model,) = status["models"]
    return bool(model["serving"] == revision or model["state"] == "failed")
