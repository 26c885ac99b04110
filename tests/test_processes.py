from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from argosy.processes import ProcessIdentity, find_by_argument

WAITING = "import sys; print('up', flush=True); sys.stdin.read()"
OUTLIVING_ITS_FIRST_THREAD = """
import ctypes, os, sys, threading

def wait():
    first = f"/proc/{os.getpid()}/stat"
    while open(first).read().rpartition(")")[2].split()[0] != "Z":
        pass
    print("up", flush=True)
    sys.stdin.read()
    os._exit(0)

threading.Thread(target=wait).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def start(*arguments: str, code: str = WAITING) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    return child


def finish(child: subprocess.Popen[str]) -> None:
    child.communicate(timeout=10)


def test_a_process_is_alive_until_it_ends() -> None:
    child = start()
    identity = ProcessIdentity.of(child.pid)
    assert identity.alive
    finish(child)
    assert not identity.alive


def test_another_process_of_the_same_pid_is_not_the_same() -> None:
    child = start()
    identity = ProcessIdentity(child.pid, ProcessIdentity.of(child.pid).started + 1)
    assert not identity.alive
    finish(child)


def test_a_zombie_is_not_alive() -> None:
    child = start()
    identity = ProcessIdentity.of(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    asyncio.run(identity.ended())
    assert not identity.alive
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


async def test_a_process_lives_as_long_as_any_of_its_threads() -> None:
    """As when it was killed, and its first thread went before those that hold its sockets."""
    child = start(code=OUTLIVING_ITS_FIRST_THREAD)
    identity = ProcessIdentity.of(child.pid)
    ended = asyncio.ensure_future(identity.ended())
    done, _ = await asyncio.wait({ended}, timeout=0.05)

    assert identity.alive
    assert not done

    assert child.stdin is not None
    child.stdin.close()
    await asyncio.wait_for(ended, 10)
    child.wait()
    assert child.stdout is not None
    child.stdout.close()
    assert not identity.alive


async def test_the_end_of_a_process_is_waited_for() -> None:
    child = start()
    ended = asyncio.ensure_future(ProcessIdentity.of(child.pid).ended())
    done, _ = await asyncio.wait({ended}, timeout=0)
    assert not done
    child.kill()
    await asyncio.wait_for(ended, 10)
    finish(child)


async def test_what_has_ended_already_is_not_waited_for() -> None:
    child = start()
    identity = ProcessIdentity.of(child.pid)
    finish(child)
    await asyncio.wait_for(identity.ended(), 10)


def test_a_process_is_found_by_an_argument() -> None:
    child = start("/run/unlikely-argument/settings.json")
    found = find_by_argument("/run/unlikely-argument/settings.json")
    assert found == ProcessIdentity.of(child.pid)
    assert find_by_argument("/run/nobody-has-this") is None
    finish(child)


def test_a_session_is_ended_with_all_its_processes() -> None:
    child = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; wait"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert child.stdout is not None
    grandchild = ProcessIdentity.of(int(child.stdout.readline()))
    ProcessIdentity.of(child.pid).kill_session()
    assert child.wait(timeout=10) == -signal.SIGKILL
    asyncio.run(asyncio.wait_for(grandchild.ended(), 10))
    child.stdout.close()


def test_nobodys_session_is_left_alone() -> None:
    assert ProcessIdentity(0, 0).session() == []


@pytest.mark.parametrize("pid", [0, 2**22 + 1])
def test_nobody_has_an_impossible_pid(pid: int) -> None:
    assert not ProcessIdentity.of(pid).alive
