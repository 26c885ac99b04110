"""What is measured: the processes started for it, and ended by their own pid when it is over."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from argosy.errors import ArgosyError

REPOSITORY = Path(__file__).parents[1]
DESK = REPOSITORY / "examples" / "desk"
DIGITS = DESK / "weights" / "digits.onnx"
PEERS = Path(__file__).parent / "peers"
NGINX = PEERS / "nginx"
START_SECONDS = 60
NOT_GIVEN_OUT = (20_000, 32_768)  # Linux's ip_local_port_range begins above, others' too
CPU_BUILD = (
    "Name a folder or page with torch's builds for CPUs in UV_FIND_LINKS, such as "
    "https://download.pytorch.org/whl/cpu/torch/"
)


def peer_python(name: str) -> Path:
    """The interpreter of a peer's own environment, built on first use as its file pins it.

    FastAPI's also runs Argosy's worker, so that both sides have the same interpreter and
    onnxruntime. Raises `ArgosyError` where something pinned cannot be had.
    """
    folder = REPOSITORY / ".benchmarks" / name
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, folder], check=True)
    # uv does not read pip's own setting, where a build of torch for CPUs may lie.
    links = os.environ.get("UV_FIND_LINKS") or os.environ.get("PIP_FIND_LINKS", "")
    done = subprocess.run(
        ["uv", "pip", "sync", "--quiet", "--compile-bytecode", "--python", python,
         PEERS / name / "requirements.txt"],
        env={**os.environ, **({"UV_FIND_LINKS": links} if links else {})},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise ArgosyError(
            f"the environment of a peer cannot be built: {done.stderr.strip()}",
            where=str((PEERS / name / "requirements.txt").relative_to(REPOSITORY)),
            next_step=CPU_BUILD if "+cpu" in done.stderr else "",
        )
    return python


@contextlib.contextmanager
def fastapi(folder: Path, *listen: str) -> Iterator[None]:
    """The digits model in FastAPI; ``listen`` is ``--port N`` or ``--uds PATH``."""
    with uvicorn("fastapi", folder, {"WEIGHTS": str(DIGITS)}, *listen):
        yield


@contextlib.contextmanager
def uvicorn(
    peer: str, folder: Path, environment: Mapping[str, str], *listen: str
) -> Iterator[None]:
    """uvicorn with one process, and the ``app.py`` of a peer."""
    command = [
        str(peer_python(peer)), "-m", "uvicorn", "app:app", "--app-dir", str(PEERS / peer), *listen,
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
        # Longer than a side waits for its turn: nginx would meet connections that are closing.
        "--timeout-keep-alive", "120",
    ]  # fmt: skip
    with serve(command, folder / "fastapi.log", environment):
        yield


@contextlib.contextmanager
def mlserver(folder: Path, port: int, grpc_port: int) -> Iterator[None]:
    """One process, adaptive batches."""
    settings = {
        "debug": False, "host": "127.0.0.1", "http_port": port, "grpc_port": grpc_port,
        "metrics_port": free_port(), "parallel_workers": 0,
    }  # fmt: skip
    model = {
        "name": "digits", "implementation": "model.Digits",
        "max_batch_size": 64, "max_batch_time": 0.001,
    }  # fmt: skip
    place = folder / "mlserver"
    shutil.copytree(PEERS / "mlserver", place)
    (place / "settings.json").write_text(json.dumps(settings))
    (place / "model-settings.json").write_text(json.dumps(model))
    command = [str(peer_python("mlserver").parent / "mlserver"), "start", str(place)]
    with serve(command, folder / "mlserver.log", {"WEIGHTS": str(DIGITS)}):
        yield


@contextlib.contextmanager
def litserve(folder: Path, port: int) -> Iterator[None]:
    """One server process and one worker, with the faster of its queues."""
    command = [str(peer_python("litserve")), str(PEERS / "litserve" / "server.py"), str(port)]
    with serve(command, folder / "litserve.log", {"WEIGHTS": str(DIGITS)}):
        yield


@contextlib.contextmanager
def bentoml(folder: Path, port: int) -> Iterator[None]:
    """One worker, adaptive batches."""
    command = [
        str(peer_python("bentoml").parent / "bentoml"), "serve", "service:Digits",
        "--working-dir", str(PEERS / "bentoml"), "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    told = {"WEIGHTS": str(DIGITS), "BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(folder)}
    with serve(command, folder / "bentoml.log", told):
        yield


@contextlib.contextmanager
def runner(folder: Path, port: int, **more: object) -> Iterator[None]:
    """One replica of the digits model, started as a platform starts it; with ``more`` settings."""
    digits = {
        "model": "digits",
        "python": str(peer_python("fastapi")),
        "engine": "onnx",
        "weights": str(DIGITS),
        "batch": {"max_size": 64},
    }
    with replica(folder, port, {**digits, **more}, {"OMP_NUM_THREADS": "1"}):
        yield


@contextlib.contextmanager
def replica(
    folder: Path, port: int, settings: Mapping[str, object], environment: Mapping[str, str]
) -> Iterator[None]:
    """A runner that reads these settings from a file in ``folder``."""
    file = folder / "settings.json"
    file.write_text(json.dumps({"listen": f"127.0.0.1:{port}", **settings}))
    command = [sys.executable, "-m", "argosy_runner", str(file)]
    with serve(command, folder / "runner.log", environment):
        yield


@contextlib.contextmanager
def nginx(folder: Path, port: int, upstream: str) -> Iterator[None]:
    """nginx with one worker process, connections to ``upstream`` kept open.

    ``upstream`` is ``host:port`` or ``unix:/path``.
    """
    text = (NGINX / "nginx.conf").read_text()
    conf = folder / "nginx.conf"
    for name, value in {"FOLDER": folder, "PORT": port, "UPSTREAM": upstream}.items():
        text = text.replace(f"@{name}@", str(value))
    conf.write_text(text)
    command = ["nginx", "-e", "stderr", "-c", str(conf)]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]  # its worker would not reach a socket in a private folder
    with serve(command, folder / "nginx.log", {}):
        yield


@contextlib.contextmanager
def serve(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Run a server in a session of its own; end it with SIGTERM, then its session with SIGKILL.

    Its pid.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield process.pid
        if process.poll() is not None:
            raise ArgosyError(f"{command[0]} ended by itself:\n{log.read_text()[-2000:]}")
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError):  # some servers leave their workers behind
            os.killpg(process.pid, signal.SIGKILL)


def until_ready(url: str, log: Path, seconds: float = START_SECONDS) -> None:
    """Raises `ArgosyError` with the end of ``log`` when ``url`` does not answer 200 in time."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        if time.monotonic() > deadline:
            tail = log.read_text()[-2000:] if log.exists() else ""
            raise ArgosyError(f"not ready after {seconds:g} s\n{tail}", where=url)
        time.sleep(0.05)


def free_port() -> int:
    """A port of the loopback address that was free a moment ago.

    It is none of those that a system gives to outgoing connections: one of these would take it
    while a slow server starts.
    """
    while True:
        port = random.randrange(*NOT_GIVEN_OUT)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
