from __future__ import annotations

import pytest

from argosy.compose_files import variables

KNOWN = {"MODEL": "org/name", "EMPTY": "", "HF_TOKEN": "hf_secret"}


@pytest.mark.parametrize(
    ("text", "filled", "rewritten"),
    [
        ("plain", "plain", "plain"),
        ("$MODEL", "org/name", "${MODEL:-org/name}"),
        ("--model=${MODEL}!", "--model=org/name!", "--model=${MODEL:-org/name}!"),
        ("${PORT}", "${PORT}", "${PORT}"),
        ("${PORT:-80}", "80", "${PORT:-80}"),
        ("${PORT-80}", "80", "${PORT:-80}"),
        ("${EMPTY:-80}", "80", "${EMPTY:-80}"),
        ("${EMPTY-80}", "", "${EMPTY:-}"),
        ("${PORT:?no port}", "${PORT}", "${PORT}"),
        ("${MODEL:?none}", "org/name", "${MODEL:-org/name}"),
        ("${MODEL:+yes}", "yes", "yes"),
        ("${PORT:+yes}", "", ""),
        ("${A:-${MODEL}}", "org/name", "${A:-org/name}"),
        ("${A:-${B}}", "${B}", "${A}"),
        ("$$HOME costs $5 $", "$HOME costs $5 $", "$$HOME costs $$5 $$"),
        ("${HF_TOKEN}", "${HF_TOKEN}", "${HF_TOKEN}"),
        ("${broken", "${broken", "$${broken"),
        ("${1}", "${1}", "$${1}"),
    ],
)
def test_a_text_is_filled_in_and_rewritten(text: str, filled: str, rewritten: str) -> None:
    assert variables.fill(text, KNOWN) == filled
    assert variables.rewrite(text, KNOWN) == rewritten


def test_only_variables_without_a_default_must_be_set() -> None:
    assert variables.unknown("$A ${B:-1} ${MODEL} $$C ${D:?}", KNOWN) == ("A", "D")
