from __future__ import annotations

from argosy.doctor.checks import container_toolkit
from argosy.doctor.checks.container_toolkit import CONFIGURE, INSTALL, judge
from argosy.doctor.program import Ended
from tests.doctor.cases import TOLD, TWO_GPUS, case, daemon


def version(number: str) -> Ended:
    return Ended(0, f"NVIDIA Container Toolkit CLI version {number}\ncommit: 889a3bb\n", "")


def test_a_toolkit_that_docker_knows_is_well() -> None:
    assert [one.verdict for one in judge(version("1.18.1"), TOLD)] == ["ok", "ok"]


def test_no_toolkit_is_a_failure() -> None:
    (result,) = judge(None, TOLD)
    assert (result.found, result.mend) == ("is not installed", INSTALL)


def test_a_toolkit_that_lets_containers_out_fails() -> None:
    result = judge(version("1.17.4"), TOLD)[0]
    assert (result.verdict, "break out" in result.why) == ("failure", True)


def test_a_toolkit_that_does_not_refresh_its_list_is_a_note() -> None:
    result = judge(version("1.17.9"), TOLD)[0]
    assert (result.verdict, "1.18" in result.why) == ("note", True)


def test_a_toolkit_that_docker_does_not_know_is_configured() -> None:
    result = judge(version("1.18.1"), {"Runtimes": {"runc": {}}, "DiscoveredDevices": None})[1]
    assert (result.verdict, result.mend) == ("failure", CONFIGURE)


def test_a_list_of_devices_is_enough() -> None:
    devices = [{"Source": "cdi", "ID": "nvidia.com/gpu=0"}]
    result = judge(version("1.18.1"), {"DiscoveredDevices": devices})[1]
    assert (result.verdict, result.found) == ("ok", "by CDI: nvidia.com/gpu=0")


async def test_without_gpu_or_docker_nothing_is_looked_at() -> None:
    assert await container_toolkit.check(case(docker=daemon())) == []
    assert await container_toolkit.check(case(nvidia=TWO_GPUS)) == []
