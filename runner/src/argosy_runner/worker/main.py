"""Load the model, warm it up, then answer frames until the runner closes the socket.

The worker says where it stands: ``connected``, ``loaded``, ``ready`` or ``failed``, each a frame
whose header has ``state``. After ``ready`` it answers every frame with one of the same ``id``, in
order.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import io
import json
import os
import signal
import sys
import time
from typing import Any

from argosy_runner.worker import faults, frames, gpu


class Place:
    """What an engine is told: where things lie, and how many rows to a frame at most.

    ``code`` and ``weights`` are paths or None; ``rows``, ``options`` and ``trust`` are what the
    stack file says, ``rows`` and ``trust`` or None. ``weights_local``: they are not downloaded.
    """

    def __init__(
        self,
        code: str | None,
        weights: str | None,
        rows: int | None,
        options: dict[str, Any],
        trust: str | None,
        weights_local: bool,
    ) -> None:
        self.code = code
        self.weights = weights
        self.rows = rows
        self.options = options
        self.trust = trust
        self.weights_local = weights_local


def work(descriptor: int, runner: int) -> None:
    """The whole life of a worker. ``runner`` is the pid of the runner, whose death is ours."""
    die_with(runner)
    be_killed_first()
    os.set_inheritable(descriptor, False)
    channel = Channel(descriptor)
    channel.write({"state": "connected"})
    start = channel.read()
    if start is None:
        return
    faulthandler.enable()
    loaded = load(channel, start[0])
    gc.freeze()
    timed = start[0].get("timed", False)
    if getattr(loaded, "concurrent", 0):
        from argosy_runner.worker import concurrent

        loaded.loop.run(concurrent.serve(channel, loaded, times().TimedServer if timed else None))
        return
    answering = times().timed(loaded.answer) if timed else loaded.answer
    while True:
        frame = channel.read()
        if frame is None:
            return
        header, body = frame
        answer, parts = answering(header, body)
        answer["id"] = header["id"]
        channel.write(answer, parts)


def times() -> Any:
    """Imported only for a runner that traces requests."""
    from argosy_runner.worker import times as module

    return module


def load(channel: Channel, start: dict[str, Any]) -> Any:
    """The engine's loaded model; ends the process when there is none, with the reason sent."""
    place = Place(
        start["code"],
        start["weights"],
        start["rows"],
        start["options"],
        start["trust"],
        start["weights_local"],
    )
    sys.argv = [os.path.join(place.code or "", "model.py")]
    if place.code:
        sys.path.insert(0, place.code)
    phase = "load"
    try:
        began = time.perf_counter()
        engine = importlib.import_module("argosy_runner.engines." + start["engine"])
        loaded = engine.load(place)
        now = time.perf_counter()
        channel.write({"state": "loaded", "seconds": now - began})
        phase = "warm-up"
        began = now
        loaded.warm_up()
        channel.write(
            {
                "state": "ready",
                "seconds": time.perf_counter() - began,
                "methods": describe(loaded),
                "documentation": getattr(loaded, "documentation", dict)(),
                "concurrent": getattr(loaded, "concurrent", 0),
                "warning": getattr(loaded, "warning", ""),
                "device": getattr(loaded, "device", "") or gpu.device(),
            }
        )
    except BaseException as error:  # noqa: BLE001  sys.exit in a model is a failure like any other
        text = faults.text(error)
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
        channel.write({"state": "failed", "phase": phase, "reason": text})
        os._exit(1)
    return loaded


def describe(loaded: Any) -> dict[str, Any]:
    """The methods of a loaded model, with the signature and the rows of each."""
    found = getattr(loaded, "methods", None)
    if found is not None:
        return {name: method.describe() for name, method in found.items()}
    return {"predict": {**loaded.signature, "rows": loaded.rows}}


class Channel:
    """Frames over the socket that the runner gave us."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._reader = io.BufferedReader(io.FileIO(descriptor, closefd=False), 256 * 1024)
        self._encode = json.JSONEncoder(separators=(",", ":")).encode

    def read(self) -> tuple[dict[str, Any], bytes] | None:
        """Blocks for the next frame; None when the runner is gone."""
        try:
            frame = frames.read(self._reader)
        except ConnectionResetError:
            return None  # it left without reading our last answer
        if frame is None:
            return None
        header, body = frame
        return frames.parse_header(header), body

    @property
    def descriptor(self) -> int:
        """Of the socket."""
        return self._descriptor

    def write(self, header: dict[str, Any], parts: Any = ()) -> None:
        """Blocks until all is written."""
        data = frames.encode(self._encode(header).encode(), parts)
        try:
            sent = os.write(self._descriptor, data)
            while sent < len(data):
                sent += os.write(self._descriptor, memoryview(data)[sent:])
        except (BrokenPipeError, ConnectionResetError):
            os._exit(0)  # the runner is gone, and nobody else asks


def die_with(runner: int) -> None:
    """Have the kernel kill us when the runner dies, however it dies (prctl(2))."""
    if sys.platform == "linux":
        try:
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # 1 is PR_SET_PDEATHSIG
        except (ImportError, OSError, AttributeError):
            return  # the closed socket ends us, as soon as the model lets us read it
    if os.getppid() != runner:
        os._exit(0)


def be_killed_first() -> None:
    """Of a replica that meets its memory limit, the worker is to die and the runner to tell."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        return  # not Linux
