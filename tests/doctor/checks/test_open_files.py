from __future__ import annotations

from argosy.doctor.checks.open_files import judge


def test_many_files_are_many_connections() -> None:
    result = judge(65536, None)
    assert (result.verdict, result.found) == (
        "ok",
        "65,536 in a process: 20,000 connections at the gateway",
    )


def test_few_files_are_a_warning() -> None:
    result = judge(1024, None)
    assert (result.verdict, "nofile" in result.mend) == ("warning", True)


def test_fewer_than_the_stack_file_asks_for_fail() -> None:
    result = judge(4096, 5000)
    assert (result.verdict, "5,000" in result.why) == ("failure", True)
    assert judge(4096, 200).verdict == "ok"
