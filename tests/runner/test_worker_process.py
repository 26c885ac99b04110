from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runner.conftest import Start
from tests.runner.replicas import Replica
from tests.waiting import until


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without a single package."""
    return environment(tmp_path_factory.mktemp("bare"), sys.executable)


def environment(folder: Path, python: str) -> Path:
    """The interpreter of a new environment; skips the test where there is no such Python.

    pyenv keeps its Pythons off the PATH, behind scripts that run only the chosen ones.
    """
    kept = sorted(Path.home().glob(f".pyenv/versions/{python}.*/bin/python"))
    wanted = kept[-1] if kept else python
    command = ["uv", "venv", "-q", "--no-python-downloads", "--python", wanted, folder / "e"]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"needs Python {python} on PATH: {made.stderr.strip()}")
    return folder / "e" / "bin" / "python"


def test_nothing_of_ours_can_be_imported(serve: Start, bare_python: Path) -> None:
    replica = serve(
        """
        import importlib
        class Model:
            def predict(self, name):
                try:
                    importlib.import_module(name)
                except ImportError:
                    return "absent"
                return "present"
        """,
        python=str(bare_python),
    )
    for name in ("msgspec", "uvicorn", "uvloop", "httptools", "prometheus_client", "frames"):
        assert replica.ask(name) == "absent", name
    assert replica.ask("json") == "present"


def test_the_path_is_the_code_folder_and_the_environment(
    serve: Start, bare_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    monkeypatch.setenv("KEPT", "ours")
    replica = serve(
        """
        import os, sys
        class Model:
            def predict(self, _):
                return {"path": sys.path, "env": dict(os.environ), "cwd": os.getcwd(),
                        "arguments": sys.argv}
        """,
        python=str(bare_python),
        env={"ADDED": "theirs", "OMP_NUM_THREADS": "3"},
    )
    found = replica.ask(None)
    code = str(replica.folder / "code")
    assert found["path"][0] == code
    assert not [place for place in found["path"] if "runner" in place]
    assert found["cwd"] == code
    assert found["arguments"] == [f"{code}/model.py"]
    expected = {"KEPT": "ours", "ADDED": "theirs", "OMP_NUM_THREADS": "3"}
    assert expected.items() <= found["env"].items()
    assert not {"PYTHONPATH", "VIRTUAL_ENV"} & found["env"].keys()


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13", "3.14"])
def test_a_worker_runs_on_other_pythons(serve: Start, tmp_path: Path, version: str) -> None:
    replica = serve(
        """
        import dataclasses, sys
        from typing import Dict, List, Optional

        @dataclasses.dataclass
        class Point:
            x: float
            tags: Optional[List[str]] = None

        class Model:
            max_batch = 4
            examples = [{"x": 1}]
            def load(self): ...
            async def predict(self, points: List[Point]) -> List[Dict[str, float]]:
                return [{"x": p.x, "version": "%d.%d" % sys.version_info[:2]} for p in points]
        """,
        python=str(environment(tmp_path, version)),
    )
    assert replica.ask({"x": 1}) == {"x": 1, "version": version}
    wrong = replica.post({"input": {"x": 1, "tags": [1]}})
    assert wrong.json()["detail"] == "$.input.tags[0]: expected str, got int"


def test_of_a_replica_out_of_memory_the_worker_is_killed_first(serve: Start) -> None:
    replica = serve("class Model:\n    def predict(self, value): ...\n")
    assert Path(f"/proc/{replica.worker()}/oom_score_adj").read_text().strip() == "1000"
    runner = Path(f"/proc/{replica.process.pid}/oom_score_adj").read_text()
    assert int(runner) < 1000


def test_what_a_model_prints_is_in_the_log_with_the_replicas_name(serve: Start) -> None:
    replica = serve(
        """
        import os, subprocess, sys
        class Model:
            def predict(self, text):
                print("printed", text)
                print("warned", text, file=sys.stderr)
                os.write(1, b"written below Python\\n")
                subprocess.run(["echo", "from a child"])
        """
    )
    replica.ask("é")
    for text in ("printed é", "warned é", "written below Python", "from a child"):
        until(functools.partial(logged, replica, text), text)


def test_a_flood_of_output_is_bounded_and_stops_nothing(serve: Start) -> None:
    replica = serve(
        """
        class Model:
            def predict(self, lines):
                for _ in range(lines):
                    print("x" * 1000)
                return "done"
        """
    )
    assert replica.ask(30_000) == "done"
    files = sorted(replica.folder.glob("log*"))
    assert [file.name for file in files] == ["log", "log.1", "log.2"]
    assert all(file.stat().st_size <= 10_000_000 for file in files)


def logged(replica: Replica, text: str) -> bool:
    return f"Z m.r1.0 {text}\n" in replica.log
