from __future__ import annotations

import pytest

from argosy.compose_files.shells import script_of


@pytest.mark.parametrize(
    ("words", "index"),
    [
        (["sh", "-c", "vllm serve"], 2),
        (["/bin/bash", "-x", "-euc", "vllm serve", "name"], 3),
        (["sh", "-c"], None),
        (["bash", "run.sh"], None),
        (["vllm", "-c", "x"], None),
        ([], None),
    ],
)
def test_the_script_of_a_shell_is_found(words: list[str], index: int | None) -> None:
    assert script_of(words) == index
