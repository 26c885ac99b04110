"""Images of the desk's models beside those that others make of the same, on the same base."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from argosy.docker import image as images
from argosy.docker.image import Image
from argosy.environments import requirements
from argosy.errors import ArgosyError
from argosy.images import layout
from argosy.images.recipe import RUNNER_PYTHON, slim
from argosy.images.report import stored
from benchmarks import servers
from benchmarks.load import Effort
from benchmarks.report import Line
from benchmarks.stack import Started

TITLE = "Images of the desk, beyond the base that all sides have"
STACK = "argosy-bench-images"  # all that is made here has this name
PATTERNS = servers.PEERS / "images"
BASE = slim(RUNNER_PYTHON)
MEGABYTE = 1e6
DIGITS_MEGABYTES = 175
RUNNER_MEGABYTES = 50
REBUILD_SECONDS = 3.0
CODE_KILOBYTES = 100
LARGER_THAN = {"fastapi": 1.15, "bentoml": 0.7, "mlserver": 0.6}  # ours, at most
FOUR_TOGETHER = 0.7


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when Docker or a peer's tool is missing, or an image is not built."""
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name, _removed():
        folder = Path(name)
        desk = _desk(folder / "desk")
        ours = _build(desk)
        base = asyncio.run(_find(BASE))
        patterns = {model: _fastapi(model, desk, folder) for model in ours}
        peers = {
            "fastapi": patterns["digits"],
            "bentoml": _bentoml(desk, folder),
            "mlserver": _mlserver(desk, folder),
        }
        rebuilt, seconds = _rebuilt(desk, ours["sentiment"], effort)
    beyond = _beyond(ours["digits"], base)
    runners = {one.digest: one.size for one in map(_runner, ours.values())}
    return [
        Line("digits", beyond, " MB", at_most=DIGITS_MEGABYTES),
        Line("runner layer", max(runners.values()) / MEGABYTE, " MB", at_most=RUNNER_MEGABYTES),
        Line("runner layers of four models", len(runners), "", at_most=1),
        *(_compared(f"digits, {name}", beyond, _beyond(peer, base), LARGER_THAN[name])
          for name, peer in peers.items()),
        _compared(
            "four models, shared layers once, fastapi",
            _together(ours, base), _together(patterns, base), FOUR_TOGETHER,
        ),
        Line("rebuild after a code change", seconds, " s", at_most=REBUILD_SECONDS),
        Line("new layers after it", rebuilt / 1e3, " kB", at_most=CODE_KILOBYTES),
    ]  # fmt: skip


def _compared(what: str, ours: float, theirs: float, at_most: float) -> Line:
    sides = (f"{ours:.0f} MB", f"{theirs:.0f} MB")
    return Line(what, ours / theirs, "×", None, at_most, *sides)


def _desk(folder: Path) -> Started:
    shutil.copytree(servers.DESK, folder, ignore=shutil.ignore_patterns(".argosy"))
    file = folder / "argosy.yaml"
    file.write_text(file.read_text().replace("name: desk", f"name: {STACK}"))
    return Started(folder)


def _build(desk: Started) -> dict[str, Image]:
    told = json.loads(desk.argosy("build", "--json", str(desk.folder)))
    return {one["model"]: asyncio.run(_find(one["image"])) for one in told["images"]}


async def _find(reference: str) -> Image:
    found = await images.find(reference)
    if found is None:
        raise ArgosyError("there is no such image", where=reference)
    return found


def _rebuilt(desk: Started, before: Image, effort: Effort) -> tuple[int, float]:
    """Bytes of new layers, and the median of seconds, of `argosy build` after a change of code."""
    code = desk.folder / "sentiment" / "model.py"
    seconds = []
    after = before
    for number in range(effort.rounds):
        code.write_text(f"{code.read_text()}# {number}\n")
        started = time.monotonic()
        desk.argosy("build", f"{desk.folder}/sentiment")
        seconds.append(time.monotonic() - started)
        after = _build(desk)["sentiment"]
    known = {layer.digest for layer in before.layers}
    new = sum(layer.size for layer in after.layers if layer.digest not in known)
    return new, statistics.median(seconds)


def _fastapi(model: str, desk: Started, folder: Path) -> Image:
    """The articles' Dockerfile, with the packages of our lock and those of FastAPI."""
    place = folder / "fastapi" / model
    (place / "src").mkdir(parents=True)
    shutil.copy(PATTERNS / "fastapi" / "Dockerfile", place)
    app = servers.PEERS / "fastapi" if model == "digits" else PATTERNS / "fastapi"
    shutil.copy(app / "app.py", place / "src")
    for file in (desk.folder / model).glob("*.py"):
        shutil.copy(file, place / "src")
    pins = {**_pins(servers.PEERS / "fastapi" / "requirements.txt"), **_locked(desk, model)}
    if model != "digits":
        for name in ("flatbuffers", "numpy", "onnxruntime", "packaging", "protobuf"):
            if name not in _locked(desk, model):
                pins.pop(name, None)
    _write_pins(place / "requirements.txt", pins)
    return _docker_build(place, f"fastapi-{model}")


def _bentoml(desk: Started, folder: Path) -> Image:
    """What `bentoml build` generates, as it is."""
    place, home = folder / "bentoml", folder / "bentoml-home"
    shutil.copytree(servers.PEERS / "bentoml", place)
    shutil.copy(servers.DIGITS, place)
    _write_pins(place / "requirements.txt", _same_engine(place / "requirements.txt", desk))
    told = {
        "service": "service:Digits",
        "include": ["service.py", servers.DIGITS.name],
        "python": {"requirements_txt": "requirements.txt"},
    }
    (place / "bentofile.yaml").write_text(json.dumps(told))
    program = servers.peer_python("bentoml").parent / "bentoml"
    environment = {
        "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True", "WEIGHTS": str(servers.DIGITS)
    }  # fmt: skip
    _run([str(program), "build"], place, environment)
    (dockerfile,) = home.glob("bentos/digits/*/env/docker/Dockerfile")
    return _docker_build(dockerfile.parents[2], "bentoml", f"--file={dockerfile}")


def _mlserver(desk: Started, folder: Path) -> Image:
    """What `mlserver dockerfile` generates, without the stage for a conda that nobody asks for."""
    place, base = folder / "mlserver", folder / "mlserver-base"
    shutil.copytree(PATTERNS / "mlserver", base)
    shutil.copy(servers.PEERS / "mlserver" / "requirements.txt", base)
    place.mkdir()
    shutil.copy(servers.PEERS / "mlserver" / "model.py", place)
    shutil.copy(servers.DIGITS, place)
    (place / "model-settings.json").write_text(
        '{"name": "digits", "implementation": "model.Digits"}'
    )
    pins = _same_engine(base / "requirements.txt", desk)
    ours = {name: pins.pop(name) for name in ("onnxruntime",)}
    _write_pins(base / "requirements.txt", pins)
    _write_pins(place / "requirements.txt", ours)
    _docker_build(base, "mlserver-base", f"--file={base / 'base.Dockerfile'}")
    program = servers.peer_python("mlserver").parent / "mlserver"
    _run([str(program), "dockerfile", "."], place, {})
    text = (place / "Dockerfile").read_text()
    text = text[text.index("FROM seldonio/mlserver") :]
    text = re.sub(r"FROM seldonio/\S+", f"FROM {STACK}/mlserver-base", text)
    text = re.sub(r"COPY \\\n +--chown=1000 \\\n +--from=env-builder(.*\\\n)*.*\n", "", text)
    (place / "Dockerfile").write_text(text)
    return _docker_build(place, "mlserver")


def _same_engine(file: Path, desk: Started) -> dict[str, str]:
    """A peer's pins, with the onnxruntime that all sides have."""
    return {**_pins(file), "onnxruntime": _locked(desk, "digits")["onnxruntime"]}


def _locked(desk: Started, model: str) -> dict[str, str]:
    """Package and version of what Argosy installs for this model."""
    return _pins(desk.folder / ".argosy" / "locks" / f"{model}.txt")


def _pins(file: Path) -> dict[str, str]:
    found = requirements.requirements(file.read_text())
    return dict(one.pin for one in found if one.pin)


def _write_pins(file: Path, pins: Mapping[str, str]) -> None:
    file.write_text("".join(f"{name}=={version}\n" for name, version in sorted(pins.items())))


def _docker_build(folder: Path, name: str, *words: str) -> Image:
    reference = f"{STACK}/{name}"
    _run(
        ["docker", "buildx", "build", "--load", "--provenance=false", f"--tag={reference}",
         f"--label=argosy.stack={STACK}", *words, str(folder)],
        folder, {},
    )  # fmt: skip
    return asyncio.run(_find(reference))


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ArgosyError(done.stderr[-3000:].strip(), where=" ".join(command[:3]))


@contextlib.contextmanager
def _removed() -> Iterator[None]:
    """What was built here is removed, whatever happens; Docker's cache of builds stays."""
    try:
        yield
    finally:
        mark = f"label=argosy.stack={STACK}"
        listed = subprocess.run(
            ["docker", "image", "ls", "--quiet", "--filter", mark],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        for one in set(listed.stdout.split()):
            subprocess.run(
                ["docker", "image", "rm", "--force", one], capture_output=True, check=False
            )


def _runner(image: Image) -> images.Layer:
    return next(one for one in image.layers if layout.name_of(one.made_by) == str(layout.RUNNER))


def _beyond(image: Image, base: Image) -> float:
    return (image.size - base.size) / MEGABYTE


def _together(found: Mapping[str, Image], base: Image) -> float:
    return (stored(found.values()) - base.size) / MEGABYTE
