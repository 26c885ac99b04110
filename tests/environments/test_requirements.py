from __future__ import annotations

from pathlib import Path

import pytest

from argosy.environments.requirements import (
    Requirement,
    included,
    lines,
    normal,
    options,
    requirements,
)

TEXT = """\
# fruit
-r more.txt
apple==1.0 \\
    --hash=sha256:bb \\
    --hash=sha256:aa  # sweet
--index-url=http://127.0.0.1/simple
pear @ file:///x/pear#egg
"""


def test_lines_are_joined_and_comments_left_out() -> None:
    assert list(lines(TEXT)) == [
        "-r more.txt",
        "apple==1.0 --hash=sha256:bb --hash=sha256:aa",
        "--index-url=http://127.0.0.1/simple",
        "pear @ file:///x/pear#egg",
    ]


def test_requirements_carry_their_hashes_and_print_in_order() -> None:
    apple, pear = requirements(TEXT)
    assert apple == Requirement("apple==1.0", ("sha256:bb", "sha256:aa"))
    assert str(apple) == "apple==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb"
    assert pear.hashes == ()


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("Apple_Tree[x]==1.0 ; python_version>'3'", ("apple-tree", "1.0")),
        ("apple>=1", None),
        ("apple @ http://127.0.0.1/a==1.zip", None),
    ],
)
def test_a_pin_is_a_name_and_a_version(text: str, pin: tuple[str, str] | None) -> None:
    assert Requirement(text).pin == pin


@pytest.mark.parametrize("text", ["./lib", "-e ./lib", "own @ file://{}/lib", "lib[extra]"])
def test_what_lies_on_this_machine_is_found_and_moved(text: str, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    one = Requirement(text.format(tmp_path))
    assert one.local(tmp_path) == tmp_path / "lib"
    assert one.moved(Path("/kept/it")).text.removeprefix("own @ ") == "file:///kept/it"


@pytest.mark.parametrize("text", ["lib==1.0", "lib @ git+https://127.0.0.1/lib", "other"])
def test_what_lies_elsewhere_is_not_local(text: str, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    assert Requirement(text).local(tmp_path) is None


def test_options_are_found_in_both_spellings_with_absolute_paths(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    text = "--find-links wheels\n--index-url=http://127.0.0.1\n--no-index\napple\n--pre\n"
    wanted = ("--find-links", "--index-url", "--no-index")
    assert list(options(text, wanted, tmp_path)) == [
        f"--find-links {tmp_path}/wheels",
        "--index-url http://127.0.0.1",
        "--no-index",
    ]


def test_included_files_may_include_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("-r b.txt\n--constraint=absent.txt\n-r http://127.0.0.1/x\n")
    (tmp_path / "b.txt").write_text("-r a.txt\n")
    names = [file.name for file in included(tmp_path / "a.txt")]
    assert names == ["a.txt", "b.txt", "absent.txt"]


def test_names_compare_as_the_index_compares_them() -> None:
    assert normal("Apple_.Tree[all]") == "apple-tree"
