from __future__ import annotations

from argosy.doctor.checks.docker_limits import judge
from argosy.doctor.daemon import Daemon
from tests.doctor.cases import daemon


def test_all_limits_hold() -> None:
    (result,) = judge(daemon())
    assert result.verdict == "ok"
    assert result.found == "memory, cpus, cpuset, pids (control groups v2, driver systemd)"


def test_a_kernel_without_memory_groups_fails_and_is_booted_otherwise() -> None:
    (result,) = judge(daemon(MemoryLimit=False, SwapLimit=False, CgroupVersion="1"))
    assert result.verdict == "failure"
    assert "cgroup_enable=memory" in result.mend


def test_a_rootless_daemon_is_given_the_controllers() -> None:
    (result,) = judge(daemon(CPUSet=False, CpuCfsQuota=False, SecurityOptions=["name=rootless"]))
    assert result.found.startswith("cpus, cpuset cannot be limited")
    assert "Delegate=" in result.mend


def test_swap_that_cannot_be_limited_is_a_warning() -> None:
    assert [one.verdict for one in judge(daemon(SwapLimit=False))] == ["ok", "warning"]


def test_a_kernel_that_forwards_nothing_cuts_containers_off() -> None:
    result = judge(daemon(IPv4Forwarding=False))[-1]
    assert (result.verdict, "ip_forward=1" in result.mend) == ("failure", True)


def test_a_daemon_that_is_down_tells_no_limits() -> None:
    assert judge(Daemon(True, problem="down")) == []
