from __future__ import annotations

from dataclasses import replace

from argosy.doctor.checks import cpus
from argosy.doctor.checks.cpus import judge
from tests.doctor.cases import case, daemon, gpu_model, stack

FOUR = frozenset(range(4))


def test_what_fits_is_well() -> None:
    (result,) = judge([gpu_model(cpus=2.0, cpuset="0-1,3")], FOUR, in_containers=True)
    assert (result.verdict, result.found) == ("ok", "2 asked for, 4 here")


def test_more_than_there_are_fails_for_containers_alone() -> None:
    model = gpu_model(cpus=8.0)
    assert [one.verdict for one in judge([model], FOUR, in_containers=True)] == ["failure"]
    assert [one.verdict for one in judge([model], FOUR, in_containers=False)] == ["warning"]


def test_a_cpu_that_is_not_here_fails() -> None:
    (result,) = judge([gpu_model(cpuset="2-5")], FOUR, in_containers=True)
    assert result.found == "chat asks for CPU 4, 5, which is not here"


def test_replicas_that_share_are_worth_a_note() -> None:
    (result,) = judge([replace(gpu_model(cpus=2.0), replicas=3)], FOUR, in_containers=False)
    assert (result.verdict, result.found) == ("note", "6 asked for, 4 here")


async def test_for_containers_the_cpus_of_the_daemon_count() -> None:
    one = stack(gpu_model(cpus=7.0), platform="compose")
    (result,) = await cpus.check(case(one, daemon(NCPU=8)))
    assert result.found == "7 asked for, 8 here"
