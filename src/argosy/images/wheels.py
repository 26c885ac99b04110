"""The builds of torch that an image gets: for CPUs without a GPU, else for what its driver runs.

The index's default torch is built for CUDA and brings gigabytes of NVIDIA's libraries, on a machine
without a GPU as well. Everything else of the lock stays as it is.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from argosy.environments import lock as locks
from argosy.environments import requirements, resolution, uv
from argosy.environments.requirements import Requirement
from argosy.errors import ImageFailed
from argosy.images import cuda, indexes
from argosy.images.cuda import Gpu
from argosy.stack.revision import Revision

Progress = Callable[[str], None]

TORCH = frozenset({"torch", "torchaudio", "torchvision"})  # built for one CUDA, together
INDEX = "https://download.pytorch.org/whl"


@dataclass(frozen=True)
class Fitting:
    """A lock's text, and what uv is told so that it finds the builds that it names."""

    text: str
    torch_backend: str = ""


async def fitting(revision: Revision, progress: Progress = lambda _: None) -> Fitting:
    """The lock of ``revision`` as its image gets it.

    Raises `ImageFailed` where there is no build that fits.
    """
    text = locks.read(revision.lock)
    found = list(requirements.requirements(text))
    if not revision.model.resources.uses_gpu:
        if not needs_cpu_builds(found):
            return Fitting(text)
        progress("resolving builds for CPUs")
        return await _for_cpus(text, found, revision)
    tag = cuda.locked_tag(found)
    gpu = await present_gpu()
    if gpu is None:
        driver = cuda.read().assumed_driver
        progress(f"assuming NVIDIA driver {driver}: this machine has none to ask")
        gpu = Gpu(driver)
    torch = next((one.pin[1] for one in found if one.pin and one.pin[0] == "torch"), "")
    if not tag or cuda.runs(tag, gpu, torch):
        return Fitting(text, tag if f"+{tag}" in torch else "")
    return await _for_gpu(text, found, torch, gpu, revision, progress)


def needs_cpu_builds(found: Iterable[Requirement]) -> bool:
    """Whether these packages hold anything for CUDA."""
    pins = [one.pin for one in found if one.pin]
    return any(is_for_gpus(name) for name, _ in pins) or any(
        name in TORCH and "+cu" in version for name, version in pins
    )


def is_for_gpus(name: str) -> bool:
    """Whether only a GPU uses this package: NVIDIA's libraries, the compiler of kernels."""
    asks_the_driver = name == "nvidia-ml-py"  # pure Python, which programs import anywhere
    return name == "triton" or (name.startswith(("cuda-", "nvidia-")) and not asks_the_driver)


def without_gpus(found: Iterable[Requirement]) -> list[Requirement]:
    """The packages that a CPU uses."""
    return [one for one in found if not (one.pin and is_for_gpus(one.pin[0]))]


def bare(version: str) -> str:
    """A version without the build it is: ``2.8.0`` of ``2.8.0+cu128``."""
    return version.partition("+")[0]


async def present_gpu() -> Gpu | None:
    """What `nvidia-smi` tells of this machine."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    process = await asyncio.create_subprocess_exec(
        program, "--query-gpu=driver_version,compute_cap", "--format=csv,noheader",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    output, _ = await process.communicate()
    return gpu(output.decode(errors="replace"))


def gpu(told: str) -> Gpu | None:
    """Of the lines ``535.104.05, 8.6`` that `nvidia-smi` prints, one for each GPU."""
    rows = [re.match(r"(\d+)[\d.]*, *(\d+\.\d+)?", line) for line in told.splitlines()]
    known = [row for row in rows if row]
    if not known:
        return None
    capabilities = [float(row[2]) for row in known if row[2]]
    return Gpu(int(known[0][1]), min(capabilities, default=None))


async def _for_cpus(text: str, found: Sequence[Requirement], revision: Revision) -> Fitting:
    """torch and what is built with it in builds for CPUs, and nothing that only GPUs use."""
    kept = without_gpus(found)
    built = [one.pin for one in kept if one.pin and one.pin[0] in TORCH]
    wanted = [f"{name}=={bare(version)}+cpu" for name, version in built]
    local = all(_is_near(name, f"{bare(version)}+cpu") for name, version in built)
    backend = "" if local else "cpu"
    resolved = await _resolve(wanted, backend, ("--no-deps",), text, revision) if wanted else []
    others = [one for one in kept if not (one.pin and one.pin[0] in TORCH)]
    return Fitting(_replaced(text, [*others, *resolved]), backend)


async def _for_gpu(
    text: str,
    found: Sequence[Requirement],
    torch: str,
    gpu: Gpu,
    revision: Revision,
    progress: Progress,
) -> Fitting:
    """The same versions, built for a CUDA that the driver runs, with the libraries of that one."""
    has = cuda.shown(cuda.locked_tag(found))
    tag = cuda.best_tag(torch, gpu) if torch else None
    if tag is None:
        raise ImageFailed(
            f"the lock installs {has}, which driver {gpu.driver} does not run"
            f" (facts of {cuda.read().date})",
            where=revision.name,
            next_step="Install a newer driver, or pin older versions in its requirements.",
        )
    progress(f"resolving builds for {cuda.shown(tag)}: driver {gpu.driver} does not run {has}")
    pins = [one.pin for one in without_gpus(found) if one.pin]
    wanted = [
        f"{name}=={bare(version)}+{tag}" if name in TORCH else f"{name}=={version}"
        for name, version in pins
    ]
    resolved = await _resolve(wanted, tag, (), text, revision)
    others = [one for one in found if not one.pin]
    return Fitting(_replaced(text, [*others, *resolved]), tag)


async def _resolve(
    wanted: Sequence[str], backend: str, flags: Sequence[str], lock_text: str, revision: Revision
) -> list[Requirement]:
    with tempfile.TemporaryDirectory(prefix="argosy-") as name:
        source, output = Path(name) / "wanted.txt", Path(name) / "lock.txt"
        options = _options(lock_text)
        source.write_text("".join(f"{line}\n" for line in (*options, *wanted)))
        told = ("--torch-backend", backend) if backend else ()
        version = (
            "--python-version", revision.lock.python, "--index-strategy", "unsafe-best-match"
        )  # fmt: skip
        command = (*resolution.COMPILE, *version, *told, *flags, "--output-file", output, source)
        ended = await uv.run(command, folder=locks.settings_folder(lock_text))
        if ended.code:
            reason = uv.failed(ended, "no fitting build of torch was found", None).what
            raise ImageFailed(
                f"no build of {', '.join(wanted)} was found: {reason}"
                if flags
                else f"the packages cannot be resolved for {backend}: {reason}",
                where=revision.name,
                next_step=f"Check the way to {INDEX}, or name a folder that holds the wheels in"
                " UV_FIND_LINKS.",
            )
        return list(requirements.requirements(output.read_text()))


def _is_near(name: str, version: str) -> bool:
    """Whether a folder of wheels that uv is told of holds this very version."""
    return any(
        next(folder.glob(f"{name}-{version}-*.whl"), None) for folder in indexes.find_links()
    )


def _options(lock_text: str) -> list[str]:
    names = (*requirements.ROUTING, *requirements.BUILDING)
    return list(requirements.options(lock_text, names, Path("/")))


def _replaced(lock_text: str, found: Iterable[Requirement]) -> str:
    """A lock with the same options and these packages."""
    body = sorted((str(one) for one in found), key=str.lower)
    return "".join(f"{line}\n" for line in (*_options(lock_text), *body))
