"""A program that is a server of its own, as one model of a stack beside another."""

from __future__ import annotations

import asyncio

import httpx

from tests.scenarios.served.processes import session
from tests.scenarios.stack import ECHO, StackUnderTest, aside, kill, runs
from tests.waiting import eventually

# Answers POST with the body and its own pid; slowly, or never again, where a file says so.
PROGRAM = """
import http.server, json, os, pathlib, sys

here = pathlib.Path(os.environ["FOLDER"])
if (here / "broken").exists():
    sys.exit("the licence has expired")

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        loading = self.path == "/up" and (here / "loading").exists()
        self.answer(503 if loading else 200, "weights at 40 %" if loading else "up")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if body == b"wait":
            (here / "asked").touch()
            while not (here / "finish").exists():
                pass
        told = {"pid": os.getpid(), "path": self.path, "body": body.decode()}
        self.answer(200, json.dumps(told))

    def answer(self, code, text):
        self.send_response(code)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

host, port = sys.argv[1].split(":")
http.server.ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
"""
STACK = """
own:
  engine: command
  command: python serve.py {{address}}
  code: ./own
  options: {{ready_path: /up}}
  env: {{FOLDER: {folder}}}
  start_timeout: 20s
"""


def write(stack: StackUnderTest, more: str = "") -> None:
    stack.write(STACK.format(folder=stack.folder) + more, own__serve=PROGRAM)


def ask(stack: StackUnderTest, body: str = "hello") -> dict[str, object]:
    answer = httpx.post(f"{stack.url}/models/own/v1/any?x=1", content=body, timeout=60)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def test_a_program_answers_beside_a_python_model(stack: StackUnderTest) -> None:
    write(stack, "echo:\n  code: ./echo\n")
    stack.put("echo/model.py", ECHO)
    stack.up()
    told = ask(stack)
    assert (told["path"], told["body"]) == ("/v1/any?x=1", "hello")
    assert stack.call("echo", "a").json() == {"output": "a"}
    own = stack.model("own")
    assert (own["engine"], own["state"], own["ready"]) == ("command", "ready", 1)
    (replica,) = own["replicas"]
    assert replica["endpoint"].startswith("127.0.0.1:")
    assert replica["address"].startswith("unix:")
    processes = session(replica["pid"])
    assert told["pid"] in processes
    assert stack.argosy("down").code == 0
    assert not any(runs(pid) for pid in processes)


def test_the_runner_answers_what_is_asked_of_the_replica(stack: StackUnderTest) -> None:
    write(stack)
    stack.up()
    ready = httpx.get(f"{stack.url}/models/own/ready").json()
    assert (ready["ready"], ready["state"]) == (True, "ready")
    assert httpx.get(f"{stack.url}/models/own/health").json() == {"status": "alive"}
    assert "argosy_load_seconds{" in httpx.get(f"{stack.url}/models/own/metrics").text
    assert httpx.get(f"{stack.url}/models/own/up").text == "up"


def test_up_says_why_a_program_has_ended(stack: StackUnderTest) -> None:
    write(stack)
    stack.put("broken", "")
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "the licence has expired" in result.out + result.err


async def test_nothing_reaches_a_program_that_does_not_say_it_is_ready(
    stack: StackUnderTest,
) -> None:
    write(stack)
    stack.put("loading", "")
    up = stack.start("up", "-d")
    await eventually(lambda: "weights at 40 %" in stack.argosy("ps", "--json").out)
    assert (await aside(httpx.get, f"{stack.url}/models/own/up")).status_code == 503
    (stack.folder / "loading").unlink()
    await aside(up.communicate)
    assert up.returncode == 0
    assert ask(stack)["body"] == "hello"


async def test_a_program_that_is_killed_comes_back(stack: StackUnderTest) -> None:
    write(stack)
    await aside(stack.up)
    told = ask(stack)
    assert isinstance(told["pid"], int)
    kill(told["pid"])
    (replica,) = stack.model("own")["replicas"]
    await eventually(lambda: len(session(replica["pid"])) == 3)
    await aside(stack.wait_ready)
    await eventually(lambda: httpx.get(f"{stack.url}/models/own/up").status_code == 200)
    assert ask(stack)["pid"] != told["pid"]
    assert stack.model("own")["replicas"][0]["pid"] == replica["pid"]


async def test_a_killed_supervisor_finds_the_program_where_it_listens(
    stack: StackUnderTest,
) -> None:
    write(stack)
    await aside(stack.up)
    told, before = ask(stack), stack.status()
    kill(before["supervisor_pid"])
    assert ask(stack) == told
    result = await aside(stack.up)
    assert "Nothing to do" in result.out
    after = stack.model("own")["replicas"][0]
    assert after["endpoint"] == before["models"][0]["replicas"][0]["endpoint"]
    assert ask(stack) == told


async def test_a_killed_runner_leaves_nothing_behind_and_is_replaced(
    stack: StackUnderTest,
) -> None:
    write(stack)
    await aside(stack.up)
    (replica,) = stack.model("own")["replicas"]
    processes = session(replica["pid"])
    assert len(processes) == 3
    kill(replica["pid"])
    await eventually(lambda: not any(runs(pid) for pid in processes))
    await aside(
        stack.wait,
        lambda status: (
            status["models"][0]["replicas"][0]["restarts"] == 1
            and status["models"][0]["state"] == "ready"
        ),
        "another",
    )
    assert ask(stack)["pid"] not in processes


async def test_a_next_revision_takes_over_and_what_is_in_flight_is_finished(
    stack: StackUnderTest,
) -> None:
    stack.write(
        STACK.format(folder=stack.folder) + "  drain: 1s\n  timeout: 5s\n",
        own__serve=PROGRAM.replace("import http", "import signal, http").replace(
            "host, port",
            "signal.signal(signal.SIGTERM, lambda *_: (here / 'told').touch())\nhost, port",
        ),
    )
    await aside(stack.up)
    first = ask(stack)
    asking = asyncio.create_task(aside(ask, stack, "wait"))
    await eventually((stack.folder / "asked").exists)
    stack.put("own/serve.py", PROGRAM)
    rolling = stack.start("up", "-d")
    await eventually((stack.folder / "told").exists)
    assert ask(stack)["pid"] != first["pid"]
    stack.put("finish", "")
    assert (await asking)["pid"] == first["pid"]
    await aside(rolling.communicate)
    await eventually(lambda: not runs(int(str(first["pid"]))))
