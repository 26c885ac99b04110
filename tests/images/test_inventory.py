from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files


def test_packages_are_listed_with_their_bytes_by_a_program_from_standard_input() -> None:
    program = files("argosy.images").joinpath("inventory.py").read_bytes()
    done = subprocess.run(
        [sys.executable, "-I", "-"], input=program, capture_output=True, check=True, timeout=60
    )
    found = {name: (number, size) for name, number, size in json.loads(done.stdout)}
    assert found["pytest"][0] == version("pytest")
    assert found["pytest"][1] > 500_000
