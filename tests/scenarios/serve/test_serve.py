"""One model without a stack: `argosy serve`, as a person at a terminal sees it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.runner.replicas import alive, children
from tests.scenarios.stack import kill
from tests.waiting import until

PATIENCE = 60.0
DIGITS = Path(__file__).parents[3] / "examples" / "desk" / "weights" / "digits.onnx"
SHOUT = '''
import six

class Model:
    """Shouts."""
    examples = ["it's me"]
    def predict(self, text: str) -> str:
        return f"{text.upper()} {six.__version__}"
'''
PLAIN = "class Model:\n    def predict(self, text: str):\n        return text + '1'\n"


# Also where whoever runs the tests is in the background, and ignores it.
HEEDS_CTRL_C = ("env", "--default-signal=INT")


class Served:
    """`argosy serve`, begun in ``folder``."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [*HEEDS_CTRL_C, sys.executable, "-m", "argosy", "serve", *arguments],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def until(self, text: str, times: int = 1) -> None:
        """Until it has said this so many times."""

        def said() -> bool:
            assert self.process.poll() is None, self.err
            return (self.out + self.err).count(text) >= times

        until(said, f"{text!r} {times} times, but {self.err}", PATIENCE)

    def until_ready(self) -> str:
        """The address."""
        self.until("Ctrl-C ends it.")
        found = re.search(r"answers at (\S+?)[,.] ", self.out)
        assert found
        return found[1]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    begun: list[Served] = []

    def begin(*arguments: str) -> Served:
        begun.append(Served(tmp_path, *arguments))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.end()


@pytest.fixture
def shout(tmp_path: Path) -> Path:
    """The folder of a model with a requirement."""
    folder = tmp_path / "shout"
    folder.mkdir()
    (folder / "model.py").write_text(SHOUT)
    (folder / "requirements.txt").write_text("six==1.16.0\n")
    return folder


def ask(address: str, text: str = "hi") -> str:
    answer = httpx.post(f"{address}/predict", json={"input": text}, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    output: str = answer.json()["output"]
    return output


def test_a_folder_is_served_in_its_own_environment_until_ctrl_c(serve: Serve, shout: Path) -> None:
    served = serve("shout", "--listen", "127.0.0.1:0")
    address = served.until_ready()
    assert ask(address) == "HI 1.16.0"
    (line,) = [line for line in served.out.splitlines() if line.startswith("  curl ")]
    found = subprocess.run(["sh", "-c", f"{line} -s"], capture_output=True, check=True)
    assert found.stdout == b'{"output": "IT\'S ME 1.16.0"}'
    assert httpx.get(f"{address}/docs").status_code == 200
    assert "resolving requirements.txt" in served.err
    (runner,) = children(served.process.pid)
    workers = children(runner)
    assert served.end() == 0
    assert not any(map(alive, [runner, *workers]))
    assert "Traceback" not in served.err
    left = [one.name for one in (shout.parent / ".argosy").iterdir()]
    assert left == ["locks"], "nothing but the lock stays"


def test_edits_are_served_also_after_a_broken_one(serve: Serve, shout: Path) -> None:
    served = serve("shout", "--reload", "--listen", "127.0.0.1:0")
    address = served.until_ready()
    assert ask(address) == "HI 1.16.0"
    (shout / "model.py").write_text(SHOUT.replace("upper", "title"))
    served.until("answers again")
    assert ask(address) == "Hi 1.16.0"
    (shout / "model.py").write_text(SHOUT.replace("upper()", "upper("))
    served.until("The next edit is tried.")
    assert "SyntaxError" in served.err
    assert f'File "{shout}/model.py"' in served.err
    (shout / "requirements.txt").write_text("six==1.17.0\n")
    (shout / "model.py").write_text(SHOUT)
    served.until("answers again", 2)
    assert ask(address) == "HI 1.17.0"
    (shout / "requirements.txt").write_text("six==99\n")
    served.until("The next edit is tried.", 2)
    assert ask(address) == "HI 1.17.0", "what ran goes on, where there is no environment"
    assert served.end(signal.SIGTERM) == 0


def test_an_edit_while_it_loads_is_not_missed(serve: Serve, shout: Path) -> None:
    (shout / "model.py").write_text("import time\nprint('loading')\ntime.sleep(1000)\n")
    served = serve("shout", "--reload", "--listen", "127.0.0.1:0")
    served.until("shout loading")
    (shout / "model.py").write_text(SHOUT)
    assert ask(served.until_ready()) == "HI 1.16.0"


def test_a_unix_socket_is_served_and_removed(
    serve: Serve, tmp_path: Path, own_folders: Path
) -> None:
    (tmp_path / "model.py").write_text(PLAIN)
    path = own_folders / "s"
    served = serve(".", "--listen", f"unix:{path}")
    assert served.until_ready() == f"unix:{path}"
    line = served.out.splitlines()[1]
    found = subprocess.run(["sh", "-c", f"{line} -s"], capture_output=True, check=True)
    assert found.stdout == b'{"output": "text1"}'
    assert served.end() == 0
    assert not path.exists()


def test_weights_alone_are_served_by_the_engine_of_their_suffix(
    serve: Serve, tmp_path: Path
) -> None:
    shutil.copy(DIGITS, tmp_path)
    served = serve("digits.onnx", "--listen", "127.0.0.1:0")
    address = served.until_ready()
    line = served.out.splitlines()[1]
    found = subprocess.run(["sh", "-c", f"{line} -s"], capture_output=True, check=True)
    assert found.stdout.startswith(b'{"output": ')
    assert httpx.get(f"{address}/openapi.json").json()["info"]["title"] == "digits"


def test_options_reach_the_model(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "import os\n"
        "class Model:\n"
        "    max_batch = 8\n"
        "    def load(self, weights):\n"
        "        self.text = weights.read_text() + os.environ['MOOD']\n"
        "    def predict(self, inputs):\n"
        "        return [self.text] * len(inputs)\n"
    )
    (tmp_path / "w.txt").write_text("so ")
    served = serve(
        ".", "--weights", "w.txt", "--env", "MOOD=good", "--workers", "2", "--max-batch", "4",
        "--timeout", "5s", "--listen", "0",
    )  # fmt: skip
    assert ask(served.until_ready()) == "so good"
    (runner,) = children(served.process.pid)
    assert len(children(runner)) == 2


def test_a_model_that_cannot_load_says_why_and_fails(serve: Serve, shout: Path) -> None:
    (shout / "model.py").write_text("import nowhere\n")
    served = serve("shout", "--listen", "127.0.0.1:0")
    assert served.process.wait(PATIENCE) == 1
    assert f'File "{shout}/model.py", line 1' in served.err
    last = served.err.splitlines()[-1]
    assert (
        last
        == "argosy: shout: it cannot be served: ModuleNotFoundError: No module named 'nowhere'."
    )
    assert served.out == ""


def test_an_address_that_is_taken_is_said_before_anything_starts(serve: Serve, shout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        served = serve("shout", "--listen", address)
        assert served.process.wait(PATIENCE) == 1
    assert len(served.err.splitlines()) == 1
    assert f"{address} is taken by" in served.err
    assert not (shout.parent / ".argosy").exists()


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["."], ["shout", "--timeout", "30"], ["shout", "--env", "A"], ["shout", "--x"]],
)
def test_misuse_is_told_apart_from_failure(serve: Serve, shout: Path, arguments: list[str]) -> None:
    served = serve(*arguments)
    assert served.process.wait(PATIENCE) == 2
    assert "Traceback" not in served.err


def test_ctrl_c_ends_it_also_while_packages_are_asked_for(
    serve: Serve, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        served = serve("shout", "--listen", "127.0.0.1:0")
        asked, _ = silent.accept()
        with asked:
            (uv,) = children(served.process.pid)
            assert served.end() == 0
    assert not alive(uv)
    assert "Traceback" not in served.err


def test_nothing_stays_when_it_is_killed(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(PLAIN)
    served = serve(".", "--listen", "127.0.0.1:0")
    served.until_ready()
    (runner,) = children(served.process.pid)
    workers = children(runner)
    kill(served.process.pid)
    served.process.wait()
    until(lambda: not any(map(alive, [runner, *workers])), "the runner and its workers are gone")


def test_a_second_ctrl_c_does_not_wait_for_requests(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "import time\nclass Model:\n    def predict(self, x):\n        print('asked')\n"
        "        time.sleep(1000)\n"
    )
    served = serve(".", "--listen", "127.0.0.1:0", "--timeout", "50s")
    address = served.until_ready()
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as caller:
        body = b'{"input": 1}'
        head = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
        caller.sendall(head + body)
        served.until("asked")
        (runner,) = children(served.process.pid)
        os.kill(served.process.pid, signal.SIGINT)
        until(lambda: not listens(address), "it listens no more")
        assert alive(runner), "the request is waited for"
        assert served.end() == 0
    assert not alive(runner)


def listens(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0
