from __future__ import annotations

from pathlib import Path

import pytest

from argosy.cli.tail import print_logs


def log(folder: Path, name: str, *lines: str) -> None:
    logs = folder / ".argosy" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / f"{name}.log").write_text("".join(f"{line}\n" for line in lines))


def test_lines_of_all_replicas_are_merged_by_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path, "a.r1.1", "2026-01-01T00:00:01Z a.r1.1 one", "2026-01-01T00:00:03Z a.r1.1 three")
    log(tmp_path, "b.r1.1", "2026-01-01T00:00:02Z b.r1.1 two")
    print_logs({tmp_path / "argosy.yaml": []}, tail=10, follow=False)
    assert capsys.readouterr().out == "a.r1.1 | one\nb.r1.1 | two\na.r1.1 | three\n"


def test_only_the_last_lines_of_the_chosen_models_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"2026-01-01T00:00:0{number}Z a.r1.1 {number}" for number in range(5)]
    log(tmp_path, "a.r1.1", *lines)
    log(tmp_path, "b.r1.1", "2026-01-01T00:00:09Z b.r1.1 other")
    print_logs({tmp_path / "argosy.yaml": ["a"]}, tail=2, follow=False)
    assert capsys.readouterr().out == "a.r1.1 | 3\na.r1.1 | 4\n"


def test_a_line_without_a_time_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path, "a.r1.1", "Fatal Python error: Segmentation fault")
    print_logs({tmp_path / "argosy.yaml": []}, tail=10, follow=False)
    assert capsys.readouterr().out == "a.r1.1 | Fatal Python error: Segmentation fault\n"


def test_the_logs_of_the_gateway_are_shown_together_where_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path, "a.r1.1", "2026-01-01T00:00:01Z a.r1.1 one")
    state = tmp_path / ".argosy"
    first = '{"code":200,"time":"2026-01-01T00:00:01.000Z"}'
    third = '{"code":404,"time":"2026-01-01T00:00:03.000Z"}'
    second = "[2026-01-01 00:00:02.000][7][warning][main] [a.cc:1] words"
    (state / "access.log.1").write_text(f"{first}\n")
    (state / "access.log").write_text(f"{third}\n")
    (state / "gateway.log").write_text(f"{second}\n")

    print_logs({tmp_path / "argosy.yaml": ["gateway"]}, tail=10, follow=False)

    shown = [f"gateway | {line}" for line in (first, second, third)]
    assert capsys.readouterr().out.splitlines() == shown
