from __future__ import annotations

import pytest

from argosy.dockerfiles.pieces import Command, Span, Word
from argosy.dockerfiles.unwrapping import script_index, unwrapped


def command(text: str) -> Command:
    return Command(tuple(Word(one, Span(0, 0)) for one in text.split()))


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(one.text for one in words)


@pytest.mark.parametrize(
    ("text", "left", "taken", "assigned"),
    [
        ("a b", "a b", "", ""),
        ("exec a b", "a b", "exec", ""),
        ("exec -a name b", "b", "exec -a name", ""),
        ("/usr/bin/sudo -u me -E a", "a", "/usr/bin/sudo -u me -E", ""),
        ("sudo -Eu me a", "a", "sudo -Eu me", ""),
        ("sudo --user=me a", "a", "sudo --user=me", ""),
        ("sudo A=1 b", "b", "sudo", "A=1"),
        ("env -i -u X A=1 B= c D=2", "c D=2", "env -i -u X", "A=1 B="),
        ("env -- a", "a", "env --", ""),
        ("env - a", "a", "env -", ""),
        ("exec -- -a b", "-a b", "exec --", ""),
        ("nohup time -p a", "a", "nohup time -p", ""),
        ("exec env sudo a", "a", "exec env sudo", ""),
        ("exec A=1 b", "A=1 b", "exec", ""),
        ("env", "env", "", ""),
        ("env A=1", "env A=1", "", ""),
        ("sudo -u", "sudo -u", "", ""),
        ("exec --", "exec --", "", ""),
        ("exec env", "env", "exec", ""),
        ("", "", "", ""),
    ],
)
def test_what_runs_another_command_is_taken_off_its_front(
    text: str, left: str, taken: str, assigned: str
) -> None:
    found = unwrapped(command(text))
    assert (texts(found.words), texts(found.wrappers)) == (left, taken)
    assert texts(found.assignments) == assigned


def test_what_is_unwrapped_once_stays_as_it_is() -> None:
    found = unwrapped(command("exec sudo -E A=1 b"))
    assert unwrapped(found) == found


def test_a_thousand_wrappers_are_taken_off() -> None:
    found = unwrapped(command("exec " * 1000 + "a"))
    assert (texts(found.words), len(found.wrappers)) == ("a", 1000)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("sh -c a", "a"),
        ("/bin/bash -lc a b", "a"),
        ("bash -c -e a", "a"),
        ("bash -o pipefail -c a", "a"),
        ("bash -eo pipefail -c a", "a"),
        ("bash +O extglob -c a", "a"),
        ("bash --norc -c a", "a"),
        ("sh a -c", None),
        ("sh -c", None),
        ("sh -c -e", None),
        ("sh -e a", None),
        ("bash --command a", None),
        ("python -c a", None),
        ("", None),
    ],
)
def test_the_script_of_a_shell_is_the_first_word_behind_its_flags(
    text: str, script: str | None
) -> None:
    found = command(text)
    index = script_index(found)
    assert (None if index is None else found.words[index].text) == script
