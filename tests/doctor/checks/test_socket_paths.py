from __future__ import annotations

from pathlib import Path

from argosy.doctor.checks.socket_paths import judge


def test_short_paths_are_well() -> None:
    assert judge(Path("/run/user/1000/argosy"), ["sentiment"]).verdict == "ok"


def test_a_long_name_of_a_model_makes_a_path_too_long() -> None:
    result = judge(Path("/run/user/1000/argosy"), ["s" * 80])
    assert (result.verdict, "ARGOSY_RUN_DIR" in result.mend) == ("failure", True)
    assert result.found == "122 bytes of 107 in /run/user/1000/argosy"


def test_a_long_folder_is_too_long_without_any_model() -> None:
    assert judge(Path("/" + "f" * 100), []).verdict == "failure"
