from __future__ import annotations

from argosy.doctor.checks import shared_memory
from argosy.doctor.checks.shared_memory import judge, judge_containers
from argosy.stack.model import Model
from tests.doctor.cases import case, daemon, gpu_model, stack

GIB = 2**30


def test_a_small_one_is_a_warning_for_models_of_several_processes() -> None:
    result = judge([Model("digits", workers=2)], 64 * 2**20)
    assert (result.verdict, "remount" in result.mend) == ("warning", True)
    assert judge([Model("digits", workers=2)], 2 * GIB).verdict == "ok"


def test_one_as_large_as_the_memory_of_its_container_is_a_warning() -> None:
    (result,) = judge_containers([gpu_model(shm_size=GIB, memory=GIB)])
    assert result.found == "chat: shm_size 1,024 MiB of 1,024 MiB memory"
    assert judge_containers([gpu_model(shm_size=GIB, memory=4 * GIB)]) == []


async def test_models_of_one_process_need_none() -> None:
    assert await shared_memory.check(case(stack(Model("digits")))) == []
    assert (
        await shared_memory.check(case(stack(Model("digits"), platform="compose"), daemon())) == []
    )
