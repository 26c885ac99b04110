from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from argosy.environments import uv

UNREACHABLE = """\
error: Request failed after 3 retries in 3.5s
  cause: Failed to fetch: http://127.0.0.1:9/simple/six/
  cause: error sending request for url (http://127.0.0.1:9/simple/six/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)
"""
CONFLICT = """\
warning: something else
error: No solution found when resolving dependencies
  cause: Because you require a==1 and a==2, \
we can conclude that your requirements are unsatisfiable.
"""
OTHER_PYTHON = """\
error: No solution found when resolving dependencies
  cause: Because the current Python version (3.9.18) does not satisfy Python>=3.11 \
and numpy==2.3.0 depends on Python>=3.11, we can conclude that numpy==2.3.0 cannot be used.
         And because you require numpy==2.3.0, \
we can conclude that your requirements are unsatisfiable.
"""
QUOTED = """\
error: Couldn't parse requirement in `bad.txt` at position 0
  cause: no such comparison operator "=>", must be one of ~= == != <= >= < > ===
         attrs=>22
              ^^^^
"""
FULL = "error: Failed to write to /x\n  cause: No space left on device (os error 28)\n"


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        (
            UNREACHABLE,
            "Failed to fetch: http://127.0.0.1:9/simple/six/: Connection refused (os error 111)",
        ),
        (
            CONFLICT,
            (
                "No solution found when resolving dependencies: "
                "Because you require a==1 and a==2, your requirements are unsatisfiable"
            ),
        ),
        (
            QUOTED,
            (
                "Couldn't parse requirement in `bad.txt` at position 0: no such comparison "
                'operator "=>", must be one of ~= == != <= >= < > ===; attrs=>22'
            ),
        ),
        ("", "uv ended without a reason"),
    ],
)
def test_a_reason_is_one_paragraph(messages: str, reason: str) -> None:
    assert uv.explain(messages) == reason


def test_a_long_reason_keeps_its_two_ends() -> None:
    reason = uv.explain("error: begin " + "x" * 5000 + " end")
    assert len(reason) < 1000
    assert reason.startswith("begin")
    assert reason.endswith("end")


@pytest.mark.parametrize(
    ("messages", "what", "next_step"),
    [
        (UNREACHABLE, "the package index cannot be reached", "Check the network"),
        (CONFLICT, "No solution found", "Change one of these requirements"),
        (OTHER_PYTHON, "numpy==2.3.0 cannot be used", "another `python:`"),
        (FULL, "the disk is full", "argosy env prune"),
        ("error: Permission denied", "a permission is missing", "ARGOSY_HOME"),
        ("error: oh", "the packages cannot be resolved: oh", ""),
    ],
)
def test_a_failure_says_what_and_the_next_step(messages: str, what: str, next_step: str) -> None:
    error = uv.failed(uv.Ended(1, "", messages), "the packages cannot be resolved", "a.txt")
    assert what in error.what
    assert error.where == "a.txt"
    assert next_step in (error.next_step or "")


async def test_what_uv_does_is_told_in_phrases() -> None:
    lines = (
        b"Resolved 2 packages in 1ms\nDownloading numpy (17.4MiB)\n   Building own @ file:///x\n"
    )
    stream = asyncio.StreamReader()
    stream.feed_data(
        lines + b" Downloaded numpy\nPrepared 2 packages in 3s\nInstalled 2 packages\n"
    )
    stream.feed_eof()
    said: list[str] = []
    await uv._follow(stream, said.append)
    assert said == [
        "downloading numpy (17.4 MiB)",
        "building own",
        "installing 2 packages",
        "compiling bytecode",
    ]


async def test_a_cancelled_run_ends_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo = tmp_path / "requirements.txt"
    os.mkfifo(fifo)
    run = asyncio.create_task(uv.run(["pip", "compile", str(fifo)]))
    descriptor = await asyncio.to_thread(os.open, fifo, os.O_WRONLY)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    with pytest.raises(BrokenPipeError):
        os.write(descriptor, b"six\n")
    os.close(descriptor)


def test_pyenvs_interpreters_stand_in_for_its_shims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "versions" / "3.9.1" / "bin").mkdir(parents=True)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", f"/usr/bin:{tmp_path}/shims")
    assert uv.search_path() == ["/usr/bin", f"{tmp_path}/versions/3.9.1/bin"]
