from __future__ import annotations

from pathlib import Path

from argosy.images.packages import packages

SETTINGS = "# uv reads its settings in: /home/somebody/digits\n"
SIX = "six==1.17.0 \\\n    --hash=sha256:aa\n"


def test_a_lock_loses_its_comments_and_keeps_its_hashes() -> None:
    found = packages(SETTINGS + SIX)
    assert found.text == (
        "# What `argosy build` installs: the model's lock.\nsix==1.17.0 \\\n    --hash=sha256:aa\n"
    )
    assert found.hashed


def test_no_requirement_is_nothing_to_install() -> None:
    assert not packages(SETTINGS).any


def test_a_wheel_of_this_machine_is_found_in_the_builds_folder(tmp_path: Path) -> None:
    wheel = tmp_path / "0123456789abcdef" / "own-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    found = packages(f"own @ {wheel.as_uri()} --hash=sha256:bb\n")
    assert found.local == {"0123456789abcdef/own-1.0-py3-none-any.whl": wheel}
    place = "file:///context/packages/0123456789abcdef/own-1.0-py3-none-any.whl"
    assert f"own @ {place}" in found.text
    assert str(tmp_path) not in found.text


def test_a_package_without_a_hash_makes_hashes_optional(tmp_path: Path) -> None:
    (tmp_path / "fedcba9876543210").mkdir()
    found = packages(f"{(tmp_path / 'fedcba9876543210').as_uri()}\n{SIX}")
    assert not found.hashed
    assert list(found.local) == ["fedcba9876543210"]


def test_an_index_with_a_password_is_told_apart() -> None:
    private = "--extra-index-url https://me:hunter2@packages.example/simple"
    public = "--extra-index-url https://packages.example/public"
    found = packages(f"{private}\n{public}\n{SIX}")
    assert found.private == (private,)
    assert "hunter2" not in found.text
    assert public in found.text


def test_an_index_with_a_variable_is_told_apart() -> None:
    private = "--index-url https://${USER_NAME}:${TOKEN}@packages.example/simple"
    assert packages(f"{private}\n{SIX}").private == (private,)


def test_folders_of_wheels_are_handed_over_and_not_written_down(tmp_path: Path) -> None:
    found = packages(f"--find-links {tmp_path}\n{SIX}", find_links=[Path("/others")])
    assert found.find_links == (Path("/others"), tmp_path)
    assert str(tmp_path) not in found.text
