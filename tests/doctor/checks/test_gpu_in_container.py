from __future__ import annotations

import pytest

from argosy.docker.command import Ended
from argosy.doctor.checks import gpu_in_container
from argosy.doctor.checks.cdi import GENERATE
from argosy.doctor.checks.container_toolkit import CONFIGURE
from argosy.doctor.checks.gpu_in_container import ASK, Tried, choose_image, judge
from tests.docker_engine import PYTHON_IMAGE, DockerEngine
from tests.doctor.cases import TWO_GPUS, case, daemon

# Engine 28.5 on a machine without the toolkit.
NO_DRIVER = (
    'docker: Error response from daemon: could not select device driver "" with capabilities:'
    " [[gpu]]\nRun 'docker run --help' for more information"
)
NO_DEVICE = (
    "docker: Error response from daemon: CDI device injection failed: unresolvable CDI devices"
    " nvidia.com/gpu=all\n"
)


def tried(output: str = "", errors: str = "", code: int = 0) -> Tried:
    return Tried("python:3.11-slim", Ended(code, output, errors))


def test_a_container_that_sees_all_gpus_is_well() -> None:
    result = judge(tried("[0, 2]\n"), TWO_GPUS)
    assert (result.verdict, result.found) == ("ok", "python:3.11-slim sees 2")


@pytest.mark.parametrize("answer", ["[127, 0]", "[0, 0]"])
def test_a_container_that_silently_has_no_gpu_fails(answer: str) -> None:
    result = judge(tried(answer), TWO_GPUS)
    assert (result.verdict, "compute on the CPU" in result.why) == ("failure", True)


def test_a_container_that_misses_a_gpu_is_a_warning() -> None:
    assert judge(tried("[0, 1]"), TWO_GPUS).found == "python:3.11-slim sees 1 of 2"


@pytest.mark.parametrize("answer", ["[803, 0]", "", "Traceback"])
def test_cuda_that_fails_in_a_container_fails(answer: str) -> None:
    assert judge(tried(answer), TWO_GPUS).verdict == "failure"


@pytest.mark.parametrize(
    ("errors", "mend"), [(NO_DRIVER, CONFIGURE), (NO_DEVICE, GENERATE), ("odd", CONFIGURE)]
)
def test_a_container_that_does_not_start_is_mended_by_what_docker_says(
    errors: str, mend: str
) -> None:
    result = judge(tried(errors=errors, code=125), TWO_GPUS)
    assert (result.verdict, result.mend) == ("failure", mend)
    assert "Docker says: " in result.why


def test_without_an_image_nothing_was_tried() -> None:
    result = judge(Tried(), TWO_GPUS)
    assert (result.verdict, result.mend) == ("warning", "argosy doctor --pull")


def test_an_image_is_chosen_that_holds_a_python_and_glibc() -> None:
    images = ["nginx:1.22", "<none>:<none>", "python:3.12-alpine", "me.io:5000/python:3.11-slim"]
    assert choose_image(images) == "me.io:5000/python:3.11-slim"
    assert choose_image(["vllm/vllm-openai:v0.9.1", "redis:7"]) == "vllm/vllm-openai:v0.9.1"
    assert choose_image(["python:<none>", "my-python:1"]) == ""


async def test_without_gpu_or_docker_nothing_is_tried() -> None:
    assert await gpu_in_container.check(case(docker=daemon())) == []
    assert await gpu_in_container.check(case(nvidia=TWO_GPUS)) == []


@pytest.mark.docker
async def test_a_container_is_really_started_and_leaves_nothing(
    docker_engine: DockerEngine,
) -> None:
    found = await gpu_in_container.attempt(pull=False)
    assert found.ended is not None
    assert judge(found, TWO_GPUS).verdict in {"ok", "warning", "failure"}
    left = docker_engine.docker("ps", "--all", "--quiet", "--filter", "name=argosy-doctor")
    assert left == ""


@pytest.mark.docker
def test_a_container_without_gpu_answers_that_it_has_none(docker_engine: DockerEngine) -> None:
    command = ["run", "--rm", "--name", docker_engine.name, "--entrypoint", "python3"]
    output = docker_engine.docker(*command, PYTHON_IMAGE, "-c", ASK)
    assert judge(tried(output), TWO_GPUS).found == "python:3.11-slim sees none"
