from __future__ import annotations

from argosy.lint import format as formats
from tests.lint.reports import HERE, report


def test_the_formats_are_the_modules_of_their_folder() -> None:
    assert {"github", "gitlab", "json", "junit", "sarif", "text"} <= set(formats.names())


def test_every_format_renders_and_says_what_it_is_for() -> None:
    for name in formats.names():
        assert formats.render(name, report([]), HERE).endswith("\n") or name == "github"
        assert formats.meaning(name).startswith("For ")
