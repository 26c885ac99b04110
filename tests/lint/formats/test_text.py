from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.edits import Edit
from argosy.errors import Problem
from argosy.lint.finding import At, Finding
from argosy.lint.formats.text import render, show, summary
from argosy.lint.project.source import Source
from tests.lint.files import lint_files
from tests.lint.reports import FAULT, HERE, NOTE, RULE, UNSAFE, report, reported


def source(text: str, name: str = "compose.yaml") -> Source:
    return Source(Path(name), text)


def excerpt(text: str, meant: str) -> list[str]:
    """The line and the carets that are shown for the first place of a piece of text."""
    start = text.index(meant)
    shown = show(reported(source(text), start, start + len(meant)), HERE)
    return shown.splitlines()[1:3]


def test_a_finding_is_its_place_its_line_and_the_next_step() -> None:
    text = "services:\n  chat:\n    image: a\n"
    start = text.index("chat")
    assert show(reported(source(text, "a/compose.yaml"), start, start + 4), HERE) == (
        "a/compose.yaml:2:3  warning AI305 no-start-period  The check gives up after 90 s.\n"
        "    2 |   chat:\n"
        "      |   ^^^^\n"
        "  → Write `start_period: 5m`.\n"
    )


def test_without_a_next_step_none_is_shown() -> None:
    one = source("a: b\n")
    shown = show(reported(one, 0, 1, Finding(At(one.file, 0, 1), "It is a.")), HERE)
    assert "→" not in shown


def test_a_tab_is_as_wide_as_it_is_shown() -> None:
    assert excerpt("RUN\tpip install\tx\n", "pip") == [
        "    1 | RUN pip install x",
        "      |     ^^^",
    ]


def test_wide_signs_take_two_columns_and_combining_ones_none() -> None:
    assert excerpt("e\u0301: '日本' # x\n", "'日本'") == [
        "    1 | e\u0301: '日本' # x",
        "      |    ^^^^^^",
    ]


def test_signs_that_would_steer_the_terminal_are_not_passed_on() -> None:
    assert excerpt("a: \x1b[31mred\n", "red")[0] == "    1 | a: �[31mred"


def test_a_piece_of_several_lines_is_marked_in_its_first() -> None:
    assert excerpt("RUN a \\\n  && b\nUSER x\n", "RUN a \\\n  && b") == [
        "    1 | RUN a \\",
        "      | ^^^^^^^ … to line 2",
    ]


def test_an_end_at_the_start_of_a_line_does_not_count_that_line() -> None:
    assert excerpt("RUN a\nUSER x\n", "RUN a\n")[1] == "      | ^^^^^"


@pytest.mark.parametrize("text", ["", "\n", "a"])
def test_an_empty_piece_has_one_caret_even_in_an_empty_file(text: str) -> None:
    shown = show(reported(source(text), 0, 0), HERE).splitlines()
    assert shown[2] == "      | ^"


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    line, carets = excerpt(f"{'a' * 300} HERE {'b' * 300}\n", "HERE")
    assert len(line) < 140
    assert line.startswith("    1 | …aaa")
    assert line.endswith("bbb…")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "HERE"


def test_lines_of_windows_are_shown_without_their_ends() -> None:
    assert excerpt("a: b\r\nc: d\r\n", "b") == ["    1 | a: b", "      |    ^"]


def test_colour_is_there_only_where_it_is_asked_for() -> None:
    one = report([reported(source("a: b\n"), 0, 1)])
    assert "\x1b[" not in render(one, HERE)
    assert "\x1b[33mwarning\x1b[0m" in render(one, replace(HERE, colour=True))


def test_the_summary_counts_what_was_found_and_what_can_be_mended() -> None:
    one = source("a: b\n")
    fix = (Edit(one.file, 0, 1, "c"),)
    found = [
        reported(one, 0, 1, Finding(At(one.file, 0, 1), "It is a.", fix=fix)),
        reported(one, 0, 1, Finding(At(one.file, 0, 1), "It is a.", fix=fix), UNSAFE),
        reported(one, 0, 1, Finding(At(one.file, 0, 1), "Hm.", severity="info")),
    ]
    whole = report(found, [reported(one, 0, 1, reason="known")])
    assert summary(whole, HERE) == (
        "1 error, 1 warning, 1 info in 1 file. --fix mends 1. --unsafe-fixes mends 1 more. "
        "Silenced by comments: 1."
    )


def test_a_fix_of_a_rule_without_fixes_is_not_offered() -> None:
    one = source("a: b\n")
    finding = Finding(At(one.file, 0, 1), "It is a.", fix=(Edit(one.file, 0, 1, "c"),))
    assert "mends" not in summary(
        report([reported(one, 0, 1, finding, replace(RULE, fix=None))]), HERE
    )


def test_nothing_found_is_said() -> None:
    one = source("a: b\n")
    assert render(report([], sources={one.file: one}), HERE) == "Nothing found in 1 file.\n"


def test_files_that_cannot_be_read_come_first() -> None:
    problem = Problem(Path("b.yaml"), 3, 1, "services", "no mapping", "Write one.")
    assert render(report([], problems=[problem]), HERE) == (
        "cannot be read  b.yaml:3:1: services: no mapping. Write one.\n"
        "\n"
        "Nothing found in 0 files. 1 file could not be read.\n"
    )


def test_what_is_silenced_is_shown_with_its_reason_when_asked_for() -> None:
    one = reported(source("a: b\n"), 0, 1, reason="one tenant")
    assert "silenced" not in render(report([], [one]), HERE)
    shown = render(report([], [one]), replace(HERE, show_silenced=True))
    assert "silenced AI305 no-start-period  The check gives up after 90 s. (one tenant)" in shown


@pytest.mark.parametrize("token", ["hf_abcdefghijklmnopqrstuvwxyz", "s3cret-of-ours"])
def test_a_token_is_not_shown(tmp_path: Path, token: str) -> None:
    text = f"services:\n  llm:\n    image: vllm/vllm-openai\n    environment: [HF_TOKEN={token}]\n"
    found = lint_files(tmp_path, {"compose.yaml": text}, "AI401")
    shown = render(found, HERE)
    assert "HF_TOKEN=••••" in shown
    assert token not in shown


def test_a_rule_that_broke_is_told_and_counted() -> None:
    shown = render(report([], faults=[FAULT]), HERE)
    assert shown.startswith("fault  a.yaml:1:1: the rule AI305 x is broken: KeyError: 'a'. Report")
    assert shown.endswith("Nothing found in 0 files. 1 rule broke.\n")


def test_a_note_is_told_behind_the_findings() -> None:
    told = "note  a.yaml:2:3: there is no rule `AI999`. Did you mean AI309?\n"
    assert render(report([], notes=[NOTE]), HERE) == f"{told}\nNothing found in 0 files.\n"
