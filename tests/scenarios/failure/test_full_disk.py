"""A disk that is full stops what is new, and nothing that runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.stack import Load, StackUnderTest, aside

SIZE = "24m"
ANSWERS = """
class Model:
    def predict(self, input):
        return input + "|{version}"
"""


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "argosy-test", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.on_every_platform
async def test_a_full_disk_stops_what_is_new_and_nothing_that_runs(stack: StackUnderTest) -> None:
    stack.write("echo:\n  code: ./echo\n", echo__model=ANSWERS.format(version=1))
    await aside(stack.up)
    stack.put("echo/model.py", ANSWERS.format(version=2))
    async with Load(f"{stack.url}/api/echo").running() as load:
        fill(stack.folder / "ballast")
        failed = await aside(stack.argosy, "up", "-d")
        assert failed.code == 1
        assert "No space left on device" in failed.err
        assert "Traceback" not in failed.err
        assert "fault of Argosy's own" not in failed.err
        await load.more(200)
        (stack.folder / "ballast").unlink()
        await aside(stack.up)
        await load.more(100)
    assert load.failed == 0, load.failures[:3]
    assert stack.call("echo", "a").json() == {"output": "a|2"}


def fill(file: Path) -> None:
    """Until not a byte more can be written."""
    with file.open("wb", buffering=0) as ballast:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    ballast.write(b"x" * size)
            except OSError:
                continue
