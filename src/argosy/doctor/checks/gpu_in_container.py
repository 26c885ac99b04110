"""Whether a container really computes on the GPU: one is started, and asks CUDA."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from argosy.docker import command
from argosy.docker.command import Ended
from argosy.doctor.case import Case
from argosy.doctor.checks.cdi import GENERATE
from argosy.doctor.checks.container_toolkit import CONFIGURE
from argosy.doctor.nvidia import Nvidia
from argosy.doctor.result import Result
from argosy.environments.interpreter import OWN

GROUP = "gpus in containers"
SECONDS = 300.0  # where an image is pulled

NAME = "GPU in a container"
PULLED = f"python:{OWN}-slim"
WITH_PYTHON = ("python", "vllm-openai", "pytorch")  # last parts of names of images that have it

# cuInit and cuDeviceGetCount of the driver's own library (CUDA Driver API), which the toolkit puts
# into the container. 127 is ours: there is no such library.
ASK = """
import ctypes
try:
    cuda = ctypes.CDLL("libcuda.so.1")
except OSError:
    print("[127, 0]")
else:
    count = ctypes.c_int()
    code = cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count))
    print([code, count.value])
"""
NO_LIBRARY = 127
# Words of Docker, what they mean, what mends it.
KNOWN = (
    ("could not select device driver", "Docker does not know the toolkit.", CONFIGURE),
    ("unknown or invalid runtime name", "Docker does not know the toolkit.", CONFIGURE),
    ("unresolvable CDI device", "The list of devices is missing or stale.", GENERATE),
    (
        "driver/library version mismatch",
        "The driver was upgraded while its module ran.",
        "sudo reboot",
    ),
    ("no such file or directory", "The list of devices is stale.", GENERATE),
    ("failed to fulfil mount request", "The list of devices is stale.", GENERATE),
    ("nvml", "The toolkit cannot reach the driver.", "nvidia-container-cli --load-kmods info"),
)


@dataclass(frozen=True)
class Tried:
    """How a container with all GPUs ended. ``image`` is empty where there was none to try."""

    image: str = ""
    ended: Ended | None = None


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if not case.nvidia.works or not case.daemon.answers:
        return []
    return [judge(await attempt(pull=case.pull), case.nvidia)]


def judge(tried: Tried, nvidia: Nvidia) -> Result:
    """What CUDA said in there, beside what the driver says out here."""
    if tried.ended is None:
        why = "Nothing is pulled unasked."
        return Result(
            NAME, "warning", "not tried: no image with Python is here", why, "argosy doctor --pull"
        )
    if tried.ended.code:
        return _refused(tried)
    code, count = _answer(tried.ended.output)
    if code == NO_LIBRARY or (code == 0 and count == 0):
        why = "It starts, but without a GPU: a model would compute on the CPU and say nothing."
        return Result(NAME, "failure", f"{tried.image} sees none", why, CONFIGURE)
    if code:
        why = "CUDA's driver library is in the container, and cannot use the GPU."
        found = f"CUDA fails in {tried.image} with error {code}"
        return Result(NAME, "failure", found, why, "sudo modprobe nvidia_uvm")
    if count < len(nvidia.gpus):
        found = f"{tried.image} sees {count} of {len(nvidia.gpus)}"
        return Result(NAME, "warning", found, "The list of devices is stale.", GENERATE)
    return Result(NAME, "ok", f"{tried.image} sees {count}")


async def attempt(*, pull: bool) -> Tried:
    """Start a container with all GPUs, of an image that is here or may be pulled, and remove it."""
    listed = await command.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
    image = choose_image(listed.split()) or (PULLED if pull else "")
    if not image:
        return Tried()
    name = f"argosy-doctor-{os.getpid()}"
    try:
        ended = await command.run(
            "run", "--rm", "--name", name, "--gpus", "all", "--network", "none",
            "--pull", "missing" if pull else "never",
            "--env", "NVIDIA_DRIVER_CAPABILITIES=compute,utility",
            "--entrypoint", "python3", image, "-c", ASK,
        )  # fmt: skip
    finally:
        await command.run("rm", "--force", name)
    return Tried(image, ended)


def choose_image(images: Sequence[str]) -> str:
    """The first that surely holds a Python, by its name; empty where none does."""
    for wanted in WITH_PYTHON:
        for image in images:
            repository, _, tag = image.rpartition(":")
            if repository.rpartition("/")[2] == wanted and tag != "<none>" and "alpine" not in tag:
                return image
    return ""


def _refused(tried: Tried) -> Result:
    assert tried.ended
    said = tried.ended.errors.strip() or tried.ended.output.strip()
    line = said.partition("\n")[0].removeprefix("docker: ")
    for words, why, mend in KNOWN:
        if words.lower() in said.lower():
            return Result(
                NAME, "failure", f"{tried.image} does not start", f"{why} Docker says: {line}", mend
            )
    return Result(
        NAME, "failure", f"{tried.image} does not start", f"Docker says: {line}", CONFIGURE
    )


def _answer(output: str) -> tuple[int, int]:
    try:
        code, count = json.loads(output.strip().splitlines()[-1])
        return int(code), int(count)
    except (ValueError, IndexError, TypeError):
        return -1, 0
