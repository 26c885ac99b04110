from __future__ import annotations

from dataclasses import replace

from argosy.doctor.checks import control_groups
from argosy.doctor.checks.control_groups import ControlGroups, judge
from argosy.platforms.limits import limit_memory
from tests.doctor.cases import case, daemon, stack

V2 = ControlGroups(2, ("cpuset", "cpu", "io", "memory", "pids"), holds=True)


def test_groups_that_can_be_made_are_well() -> None:
    result = judge(V2, is_root=True)
    assert result.found == "v2: cpu, cpuset, memory, pids; memory can be limited"


def test_groups_that_cannot_be_made_are_a_warning() -> None:
    result = judge(replace(V2, holds=False), is_root=False)
    assert (result.verdict, "as root" in result.mend) == ("warning", True)


def test_root_without_groups_boots_otherwise() -> None:
    result = judge(ControlGroups(0, (), holds=False), is_root=True)
    assert result.found.startswith("none; ")
    assert "cgroup_enable=memory" in result.mend


async def test_what_is_found_is_what_replicas_get() -> None:
    limit = limit_memory(64 * 2**20, "argosy.test.doctor")
    limit.release()
    (result,) = await control_groups.check(case())
    assert (result.verdict == "ok") == (limit.folder is not None)


async def test_for_containers_those_of_processes_are_never_more_than_a_note() -> None:
    (result,) = await control_groups.check(case(stack(platform="compose"), daemon()))
    assert result.verdict in {"ok", "note"}
