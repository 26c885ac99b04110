from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from argosy.images import indexes
from argosy.images.packages import packages


def test_nothing_is_told_where_nothing_is_set() -> None:
    assert indexes.text({"PATH": "/bin", "SECRET": "x"}, {"uv.toml": ""}, ()) == ""


def test_uvs_settings_and_proxies_are_told_and_other_variables_are_not() -> None:
    told = indexes.text(
        {
            "UV_DEFAULT_INDEX": "https://me:it's@packages.example/simple",
            "UV_INDEX_OURS_PASSWORD": "hunter2",
            "https_proxy": "http://proxy.example",
            "AWS_SECRET_ACCESS_KEY": "never",
        },
        {},
        (),
    )
    assert told == (
        """export UV_DEFAULT_INDEX='https://me:it'"'"'s@packages.example/simple'\n"""
        "export UV_INDEX_OURS_PASSWORD=hunter2\n"
        "export https_proxy=http://proxy.example\n"
    )


def test_a_variable_that_an_index_mentions_is_told() -> None:
    files = {"indexes.txt": "--index-url https://${TOKEN}@packages.example\n"}
    told = indexes.text({"TOKEN": "hunter2", "OTHER": "x"}, files, ["TOKEN"])
    assert told.startswith("export TOKEN=hunter2\n")
    assert "OTHER" not in told


def test_a_shell_gives_files_back_as_they_were(tmp_path: Path) -> None:
    content = '[[index]]\nurl = "https://a.example/$HOME/`x`"\n\\end\n'
    script = indexes.text({}, {"uv.toml": content}, ()).replace(indexes.PLACE, str(tmp_path))
    subprocess.run(["sh", "-eu", "-c", script + "\ntest $UV_CONFIG_FILE"], check=True)
    assert (tmp_path / "uv.toml").read_text() == content


def test_of_the_users_passwords_only_those_of_the_indexes_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "netrc"
    file.write_text(
        "machine packages.example login me password hunter2\n"
        "machine bank.example login me password never\n"
    )
    monkeypatch.setenv("NETRC", str(file))
    monkeypatch.setenv("UV_INDEX", "https://packages.example/simple")
    told = indexes.script(packages(""))
    assert "machine packages.example login me password hunter2" in told
    assert "bank.example" not in told


def test_the_nearest_uv_toml_above_the_code_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "none"))
    (tmp_path / "uv.toml").write_text('index-url = "https://packages.example/simple"\n')
    (tmp_path / "code").mkdir()
    assert "packages.example" in indexes.script(packages(""), tmp_path / "code")


def test_folders_of_wheels_are_those_that_uv_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", f"{tmp_path},https://packages.example/links,/nowhere")
    assert indexes.find_links() == (tmp_path,)
