from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import UsageError
from argosy.lint.project.discovery import Kind, discover, guess, is_like, kind_of
from argosy.lint.project.folder import Folders
from tests.lint.files import write

SERVICES = "services:\n  a: {image: b}\n"


def found(folder: Path, *exclude: str) -> dict[str, Kind]:
    """The files below a folder with what they are."""
    return {
        one.file.relative_to(folder).as_posix(): one.kind
        for one in discover([folder], Folders(), exclude)
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Dockerfile", "dockerfile"),
        ("dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Dockerfile.gpu", "dockerfile"),
        ("Dockerfile-cpu", "dockerfile"),
        ("llm.Dockerfile", "dockerfile"),
        ("llm.dockerfile", "dockerfile"),
        ("Dockerfile.md", None),
        ("Dockerfile.dockerignore", None),
        ("Dockerfile.j2", None),
        ("Dockerfile~", None),
        ("MyDockerfile", None),
        ("requirements.txt", "requirements"),
        ("requirements-gpu.txt", "requirements"),
        ("dev_requirements.txt", "requirements"),
        ("REQUIREMENTS.TXT", "requirements"),
        ("requirements.in", None),
        ("app.py", "python"),
        ("argosy.yaml", "stack"),
        ("argosy.yml", "stack"),
        ("compose.yaml", "compose"),
        ("docker-compose.gpu.yml", "compose"),
        ("stack.yml", "compose"),
        ("Compose.txt", None),
        ("é.txt", None),
    ],
)
def test_names_tell_what_a_file_is(tmp_path: Path, name: str, kind: Kind | None) -> None:
    (tmp_path / name).write_text(SERVICES)
    assert kind_of(tmp_path / name, Folders()) == kind


@pytest.mark.parametrize(
    "text", ["", "\n", "a: b\n", "- services:\n", "  services:\n", "# services:\n", "{", "\ufeff"]
)
def test_yaml_without_services_is_nothing_that_is_linted(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"compose.yaml": text.encode(), "other.yaml": text.encode()})
    assert found(tmp_path) == {}


@pytest.mark.parametrize("text", [b"\xff\xfe", b"services:\n  a: \xe9\n", b"\0" * (1 << 20) + b"a"])
def test_yaml_that_is_no_text_is_what_its_name_says(tmp_path: Path, text: bytes) -> None:
    write(tmp_path, {"compose.yaml": text, "values.yaml": text})
    assert found(tmp_path) == {"compose.yaml": "compose"}


@pytest.mark.parametrize("start", ["", "\ufeff", "\r\n", "# a\r\n"])
def test_services_are_seen_behind_a_mark_and_with_either_line_end(
    tmp_path: Path, start: str
) -> None:
    text = f"{start}{SERVICES}".replace("\n", "\r\n").replace("\r\r", "\r")
    write(tmp_path, {"compose.yaml": text.encode(), "other.yml": text.encode()})
    assert found(tmp_path) == {"compose.yaml": "compose", "other.yml": "compose"}


def test_folders_of_others_are_not_looked_into(tmp_path: Path) -> None:
    names = (".git", "node_modules", "venv", "site-packages", "build", "ours")
    write(tmp_path, {f"{name}/Dockerfile": "FROM a\n" for name in names})
    assert list(found(tmp_path)) == ["ours/Dockerfile"]


def test_each_file_is_found_once_in_the_order_of_the_paths(tmp_path: Path) -> None:
    write(tmp_path, {"b/Dockerfile": "FROM a\n", "a/Dockerfile": "FROM a\n"})
    one = tmp_path / "b/Dockerfile"
    files = [each.file for each in discover([one, tmp_path, tmp_path / "a"], Folders())]
    assert files == [one, tmp_path / "a/Dockerfile"]


def test_links_to_folders_are_not_followed_so_that_a_circle_ends(tmp_path: Path) -> None:
    write(tmp_path, {"in/a/Dockerfile": "FROM a\n", "out/Dockerfile": "FROM a\n"})
    (tmp_path / "in/a/circle").symlink_to(tmp_path / "in")
    (tmp_path / "in/out").symlink_to(tmp_path / "out")
    assert list(found(tmp_path / "in")) == ["a/Dockerfile"]


def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {"closed/Dockerfile": "FROM a\n", "open/Dockerfile": "FROM a\n"})
    (tmp_path / "closed").chmod(0)
    try:
        is_closed = not os.access(tmp_path / "closed", os.R_OK)
        names = ["open/Dockerfile"] if is_closed else ["closed/Dockerfile", "open/Dockerfile"]
        assert list(found(tmp_path)) == names
    finally:
        (tmp_path / "closed").chmod(0o755)


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", ".c", "venv", "Dockerfile", "x.py"]), min_size=1,
                 max_size=3).map("/".join),
        max_size=6,
    )
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_what_is_found_lies_below_the_folder_and_nowhere_else(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    inside = root / "inside"
    write(root, {"inside/keep.txt": "", "outside/Dockerfile": "FROM a\n"})
    for name in names:
        place = inside / name
        if any(one.is_file() for one in [place, *place.parents]) or place.is_dir():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix == ".py" or place.name == "Dockerfile":
            place.write_text("FROM a\n")
        else:
            place.symlink_to(root)
    for one in discover([inside], Folders()):
        assert one.file.is_relative_to(inside)
        assert one.file.resolve().is_relative_to(inside)


@pytest.mark.parametrize(
    ("pattern", "is_meant"),
    [
        ("vendor", True),
        ("vendor/", True),
        ("old/vendor", True),
        ("*/Dockerfile", True),
        ("Dockerfile", True),
        ("/p/*", True),
        ("*.py", False),
        ("vend", False),
        ("dockerfile", False),
    ],
)
def test_a_pattern_means_a_path_its_end_or_a_folder(pattern: str, is_meant: bool) -> None:
    assert is_like(Path("/p/old/vendor/Dockerfile"), pattern) is is_meant


def test_what_is_excluded_is_not_found_but_what_is_named_is(tmp_path: Path) -> None:
    write(tmp_path, {"old/Dockerfile": "FROM a\n", "app.py": ""})
    assert list(found(tmp_path, "old")) == ["app.py"]
    named = discover([tmp_path / "old/Dockerfile"], Folders(), ["old"])
    assert [one.kind for one in named] == ["dockerfile"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# a\n\n  from b\n", "dockerfile"),
        ("FROM a\r\n", "dockerfile"),
        (SERVICES, "compose"),
        ("include: [a]\n", "compose"),
        ("models:\n  a: {}\n", "stack"),
        ("services:\n  a: {image: b}\nmodels:\n  c: {}\n", "compose"),
        ("services:\n  a:\n    command: |\n      FROM b\n    image: c\n", "compose"),
        ("FROM\n", None),
        ("hello", None),
        ("", None),
    ],
)
def test_a_named_file_is_what_its_text_says(tmp_path: Path, text: str, kind: Kind | None) -> None:
    assert guess(text) == kind
    write(tmp_path, {"notes": text.encode()})
    if kind is not None:
        assert [one.kind for one in discover([tmp_path / "notes"], Folders())] == [kind]


@pytest.mark.parametrize(
    ("name", "content", "what", "step"),
    [
        ("gone", None, "no such file", "on this machine"),
        ("https://a/compose.yaml", None, "no such file", "clone or download"),
        ("notes", b"hello", "nothing that can be linted", "Name a Dockerfile"),
        ("notes", b"", "nothing that can be linted", "Name a Dockerfile"),
        ("notes", b"FROM \xff", "cannot be read", "UTF-8"),
        ("compose.yaml", b"a: b\n", "no `services:`", "services"),
        ("compose.yaml", b"", "no `services:`", "services"),
    ],
)
def test_a_named_file_that_cannot_be_linted_is_told_with_the_next_step(
    tmp_path: Path, name: str, content: bytes | None, what: str, step: str
) -> None:
    path = tmp_path / name if "://" not in name else Path(name)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        discover([path], Folders())
    assert what in caught.value.what
    assert step in (caught.value.next_step or "")
    assert str(path) in str(caught.value)


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match="leads nowhere"):
        discover([tmp_path / "Dockerfile"], Folders())


def test_a_text_that_is_given_needs_no_file(tmp_path: Path) -> None:
    file = tmp_path / "new"
    found = discover([file], Folders({file: "FROM a\n"}))
    assert [(one.file, one.kind) for one in found] == [(file, "dockerfile")]
