from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dockerfiles.pieces import Command, Source, Span
from argosy.dockerfiles.shell import commands, exec_commands
from argosy.dockerfiles.words import json_array


def run(text: str) -> tuple[Command, ...]:
    return commands(Source(text), {"A": "value"}.get)


def shown(text: str) -> list[str]:
    """Each command as operator and words."""
    return [
        " ".join([repr(one.operator)[1:-1], *(word.text for word in one.words)]).strip()
        for one in run(text)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a && b || c; d | e & f", ["a", "&& b", "|| c", "; d", "| e", "& f"]),
        ("a |& b", ["a", "|& b"]),
        ("a &&\n b", ["a", "&& b"]),
        ("a\n\nb # not this\n# nor this\nc#d", ["a", "\\n b", "\\n c#d"]),
        ("a \\\n  b", ["a b"]),
        ("if [ -f x ]; then a; elif b; then c; else d; fi && e",
         ["[ -f x ]", "; a", "; b", "; c", "; d", "&& e"]),
        ("for i in 1 2; do a $i; done; b", ["a $i", "; b"]),
        ("while ! a; do b; done", ["a", "; b"]),
        ("case $A in x) a ;; y|z) b;; *) c ;; esac; d", ["a", ";; b", ";; c", "; d"]),
        ("case x in\n  y)\n a\n ;;\nesac\nb", ["a", ";; b"]),
        ("(a; b) && c", ["a", "; b", "&& c"]),
        ("{ a; b; } && c", ["a", "; b", "&& c"]),
        ("f() { a; }; f", ["a", "; f"]),
        ("[[ a && b ]] || c", ["[[ a && b ]]", "|| c"]),
        ("a 'b && c' \"d ; e\"", ["a b && c d ; e"]),
        ("a $(b | c) d", ["a $(b | c) d", "$( b", "| c"]),
        ('a "$(b "c d")"', ["a $(b c d)", "$( b c d"]),
        ("a '$(b)' $((1+2))", ["a $(b) $((1+2))"]),
        ("diff <(a) b", ["diff <(a) b", "$( a"]),
        ("a <<E && b\nc && d\nE\ne", ["a", "&& b", "\\n e"]),
        ("a <<-'E'\n\tc; d\n\tE\ne", ["a", "\\n e"]),
        ("sh -c 'a && b'; c", ["a", "&& b", "; c"]),
        ("bash -lc \"a; b\"", ["a", "; b"]),
        ("bash -o pipefail -ec 'a | b'", ["a", "| b"]),
        ("sh script.sh -c x", ["sh script.sh -c x"]),
        ("sh -c 'sh -c \"a; b\"'", ["a", "; b"]),
        ("sudo -E -u me a b", ["a b"]),
        ("exec env -i B=1 nohup a", ["a"]),
        ("env", ["env"]),
        ("", []),
        (";;) }", []),
        ("a 'never closed && b", ["a never closed && b"]),
        ("a $(never closed", ["a $(never closed", "$( never close"]),
    ],
)  # fmt: skip
def test_the_commands_of_a_shell_are_found(text: str, found: list[str]) -> None:
    assert shown(text) == found


def test_assignments_redirections_and_wrappers_stand_apart() -> None:
    (found,) = run("B=1 C='x y' sudo -E a b 2>/dev/null >> 'log file' 2>&1")
    assert [word.text for word in found.assignments] == ["B=1", "C=x y"]
    assert [word.text for word in found.words] == ["a", "b"]
    assert [word.text for word in found.wrappers] == ["sudo", "-E"]
    assert [(one.operator, one.target.text) for one in found.redirections] == [
        ("2>", "/dev/null"),
        (">>", "log file"),
        ("2>&", "1"),
    ]


def test_the_shell_that_runs_a_script_is_told_of_its_first_command() -> None:
    first, second = run("sudo bash -ec 'a; b'")
    assert [word.text for word in first.wrappers] == ["sudo", "bash", "-ec"]
    assert second.wrappers == ()


def test_assignments_alone_are_a_command_without_a_program() -> None:
    (found,) = run("B=1")
    assert (found.program, found.arguments, found.words) == ("", (), ())


def test_a_program_is_named_without_its_folder() -> None:
    found = [one.program for one in run("/usr/bin/pip install x; python -m pip y; ./z")]
    assert found == ["pip", "python", "z"]


def test_known_variables_are_filled_in_unless_the_text_sets_them() -> None:
    assert shown("a $A ${A} \"$A\" '$A' ${A:-x} $B") == ["a value value value $A ${A:-x} $B"]
    assert shown("A=1; a $A") == ["", "; a $A"]
    assert shown("for A in 1; do a $A; done") == ["a $A"]


def test_words_stand_where_they_stand_in_the_file_inside_scripts_too() -> None:
    text = 'x && sh -c \'one two\' && bash -c "a \\"b\\""'
    found = run(text)
    places = [(text[w.span.start : w.span.end]) for one in found for w in one.words]
    assert places == ["x", "one", "two", '"a \\"b\\""', '"a \\"b\\""']
    assert found[1].span == Span(5, 19)


def test_an_exec_form_is_one_command_or_the_script_of_its_shell() -> None:
    def made(text: str) -> list[list[str]]:
        words = json_array(Source(text))
        assert words is not None
        found = exec_commands(words, lambda _: None)
        return [[word.text for word in one.words] for one in found]

    assert made('["python", "-m", "a && b"]') == [["python", "-m", "a && b"]]
    assert made('["/bin/sh", "-c", "exec a && b $C"]') == [["a"], ["b", "$C"]]


PLAIN = ["a", "-c", "/bin/sh", "sudo", "env", "B=1", "if", "in", "case", "{", "!", "x*", " ", "\t"]
JOINTS = ["&&", "||", ";", "|", "&", ";;", "|&", "\n"]


@given(st.lists(st.sampled_from([*PLAIN, *JOINTS])))
def test_a_script_without_quotes_says_the_same_as_one_with_a_comment(pieces: list[str]) -> None:
    for text in ("".join(pieces), " ".join(pieces)):
        assert run(text) == run(f"{text} # why")
