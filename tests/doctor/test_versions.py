from __future__ import annotations

import pytest

from argosy.doctor import versions
from argosy.doctor.versions import Least

LEAST = Least((2, 24, 0), "older ones lack a thing")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v2.24.5\n", (2, 24, 5)),
        ("2.40.3-desktop.1", (2, 40, 3)),
        ("Docker Compose version v2.20.2", (2, 20, 2)),
        ("github.com/docker/buildx v0.12.1 30feaa1", (0, 12, 1)),
        ("github.com/docker/buildx 0.29.1+ds1 0.29.1+ds1-4", (0, 29, 1)),
        ("NVIDIA Container Toolkit CLI version 1.17.4\ncommit: 9b69590c", (1, 17, 4)),
        ("28.5.2+dfsg4", (28, 5, 2)),
        ("20.10", (20, 10, 0)),
        ("library-import", None),
        ("", None),
    ],
)
def test_versions_are_read_from_what_programs_print(
    text: str, version: tuple[int, int, int] | None
) -> None:
    assert versions.read(text) == version


def test_an_older_version_fails_and_says_what_it_lacks() -> None:
    result = versions.judge("Compose", "v2.20.2", LEAST, "upgrade")
    assert (result.verdict, result.found, result.mend) == ("failure", "2.20.2", "upgrade")
    assert result.why == "2.24 is needed: older ones lack a thing."


def test_the_least_version_will_do() -> None:
    assert versions.judge("Compose", "2.24.0", LEAST, "upgrade").verdict == "ok"


def test_a_version_that_cannot_be_read_is_a_warning_with_its_text() -> None:
    result = versions.judge("Compose", "dev build", LEAST, "upgrade")
    assert (result.verdict, "'dev build'" in result.found) == ("warning", True)
