from __future__ import annotations

from pathlib import Path

from argosy.platforms.process import log_files


def test_logs_are_found_by_model_rotated_parts_oldest_first(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in ("echo.r1.1.log", "echo.r1.1.log.1", "echo.r1.1.log.2", "echo-two.r1.1.log"):
        (logs / name).touch()
    (echo,) = log_files(tmp_path, ["echo"])
    assert echo.replica == "echo.r1.1"
    assert [part.name for part in echo.parts] == [
        "echo.r1.1.log.2",
        "echo.r1.1.log.1",
        "echo.r1.1.log",
    ]
    assert len(log_files(tmp_path)) == 2


def test_a_stack_without_logs_has_none(tmp_path: Path) -> None:
    assert log_files(tmp_path) == []
