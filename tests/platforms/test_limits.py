from __future__ import annotations

import os
import subprocess
import sys

import pytest

from argosy.platforms import limits

GREEDY = "import sys; sys.stdin.readline(); blob = bytearray(400 * 2**20); print('got it')"


def test_replicas_get_the_least_used_cpus() -> None:
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        pytest.skip("needs two CPUs")
    first = limits.choose_cpus(1, [])
    second = limits.choose_cpus(1, [first or frozenset()])
    assert first == frozenset(available[:1])
    assert second == frozenset(available[1:2])


def test_as_many_cpus_as_there_are_is_no_restriction() -> None:
    assert limits.choose_cpus(len(os.sched_getaffinity(0)), []) is None
    assert limits.choose_cpus(None, []) is None


def test_a_process_is_pinned_and_its_starter_is_not() -> None:
    before = os.sched_getaffinity(0)
    cpu = min(before)
    with limits.pinned(frozenset({cpu})):
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True
        )
    assert os.sched_getaffinity(child.pid) == {cpu}
    assert os.sched_getaffinity(0) == before
    child.communicate("\n", timeout=10)


@pytest.mark.parametrize("how", ["as this machine can", "without a cgroup"])
def test_memory_beyond_the_limit_is_not_had(how: str) -> None:
    limit = limits.limit_memory(100 * 2**20, f"argosy.test.{os.getpid()}")
    if how == "without a cgroup":
        limit.release()
        limit = limits.MemoryLimit(bytes=100 * 2**20)
    child = subprocess.Popen(
        limit.command([sys.executable, "-c", GREEDY]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    out, _ = child.communicate("\n", timeout=30)
    assert "got it" not in out
    assert child.returncode != 0
    limit.release()
    assert limit.folder is None or not limit.folder.exists()


def test_no_limit_changes_no_command() -> None:
    assert limits.limit_memory(None, "argosy.test.none").command(["true"]) == ["true"]
