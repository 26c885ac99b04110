from __future__ import annotations

import pytest

from tests.imported.conftest import Import

HEAD = "services:\n  web: {image: w, volumes: ['data:/data', 'kept:/kept']}\n"


@pytest.mark.parametrize(
    ("more", "path", "note"),
    [
        ("name: desk", "name", "carried: name"),
        ("name: My Desk", "name", "changed: name; a stack's name has a-z, 0-9 and -"),
        ("version: '3'", "version", "changed: Compose does not read it either"),
        ("volumes: {data: }", "volumes.data", "carried: services.web.volumes"),
        ("volumes: {data: {driver: local}}", "volumes.data", "carried: services.web.volumes"),
        (
            "volumes: {kept: {external: true}}",
            "volumes.kept",
            "not carried: its options: make the volume before, or mount a folder",
        ),
        ("volumes: {other: }", "volumes.other", "not carried: nothing mounts it"),
        (
            "configs: {c: {content: x}}",
            "configs.c",
            "not carried: only a config that is a file can be mounted",
        ),
        ("unknown: 1", "unknown", "not carried: no key of a stack file says this"),
    ],
)  # fmt: skip
def test_each_key_is_spoken_for(more: str, path: str, note: str, imported: Import) -> None:
    assert imported(text=f"{HEAD}{more}\n").notes(path) == [note]
