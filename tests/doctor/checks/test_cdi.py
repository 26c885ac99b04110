from __future__ import annotations

from pathlib import Path

from argosy.doctor.checks import cdi
from argosy.doctor.checks.cdi import judge
from tests.doctor.cases import TWO_GPUS, case, daemon

SPEC = """\
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
- name: "0"
  containerEdits: {deviceNodes: [{path: /dev/nvidia0}]}
containerEdits:
  mounts:
  - hostPath: /usr/lib/x86_64-linux-gnu/libcuda.so.550.54.15
    containerPath: /usr/lib/x86_64-linux-gnu/libcuda.so.550.54.15
"""
PATH = "/var/run/cdi/nvidia.yaml"


def test_a_list_for_the_driver_that_runs_is_well() -> None:
    result = judge({PATH: SPEC}, "550.54.15", has_runtime=False)
    assert (result.verdict, result.found) == ("ok", PATH)


def test_a_list_for_an_earlier_driver_is_made_again_where_it_lies() -> None:
    result = judge({PATH: SPEC}, "580.65.06", has_runtime=True)
    assert result.verdict == "failure"
    assert result.found == f"{PATH} was made for driver 550.54.15, 580.65.06 runs"
    assert result.mend == f"sudo nvidia-ctk cdi generate --output={PATH}"


def test_without_a_list_the_runtime_does() -> None:
    assert judge({}, "550.54.15", has_runtime=True).verdict == "note"
    assert judge({}, "550.54.15", has_runtime=False).verdict == "failure"


def test_lists_of_other_devices_do_not_count() -> None:
    assert judge({PATH: "kind: intel.com/gpu"}, "1.0", has_runtime=False).verdict == "failure"


async def test_lists_are_read_where_docker_reads_them(tmp_path: Path) -> None:
    (tmp_path / "nvidia.yaml").write_text(SPEC)
    told = daemon(CDISpecDirs=[str(tmp_path), str(tmp_path / "none")])
    (result,) = await cdi.check(case(docker=told, nvidia=TWO_GPUS))
    assert result.found == str(tmp_path / "nvidia.yaml")
