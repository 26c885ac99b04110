"""Every stack that runs on this machine."""

from __future__ import annotations

from pathlib import Path

from argosy import find
from argosy.errors import NotRunning
from argosy.supervisor.client import Client
from argosy.supervisor.store import Store


def running_stacks() -> list[dict[str, str]]:
    """Name, state, url and file of each stack of this user that has anything running."""
    return [_describe(file) for file in find.run_folders()]


def _describe(file: Path) -> dict[str, str]:
    try:
        with Client(file) as client:
            status = client.status()
    except NotRunning:
        return {
            "name": file.parent.name,
            "state": "no supervisor",
            "url": "-",
            "file": str(file),
        }
    ready = sum(model.state == "ready" for model in status.models)
    return {
        "name": status.name,
        "state": f"{ready}/{len(status.models)} models ready",
        "url": status.url,
        "file": str(file),
    }


def used_environments() -> set[str]:
    """The digests of environments that a running stack serves from, or may go back to."""
    used = set()
    for file in find.run_folders():
        store = Store(find.state_folder(file) / "state.sqlite")
        try:
            used |= {stored.revision.lock.digest for stored in store.revisions()}
        finally:
            store.close()
    return used
