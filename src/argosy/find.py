"""Where things lie: stack files, their state, their sockets, the shared store.

| what | where |
|---|---|
| state of a stack | ``.argosy/`` beside the stack file |
| sockets and pids of a stack | ``<run root>/<8 hex digits of the stack file's path>/`` |
| run root | ``$ARGOSY_RUN_DIR``, else ``$XDG_RUNTIME_DIR/argosy``, else ``/tmp/argosy-<uid>`` |
| environments and weights, shared by stacks | ``$ARGOSY_HOME``, else ``~/.local/share/argosy`` |

A unix socket path has 108 bytes at most, which is why sockets do not lie in the state folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from argosy.errors import CannotStart, UsageError

STACK_FILES = ("argosy.yaml", "argosy.yml")
LONGEST_SOCKET = 107  # bytes of a unix socket's path, without the zero at its end (unix(7))


def stack_file(place: Path) -> Path:
    """The stack file that ``place``, a file or a folder, means. Raises `UsageError` without one."""
    try:
        if (file := _stack_file_at(place)) is not None:
            return file
        exists = place.exists()
    except PermissionError as error:
        raise UsageError(
            "may not be read by this user", where=str(place), next_step="Change its permissions."
        ) from error
    if not exists:
        raise UsageError(
            "no such file or folder", where=str(place), next_step="Name a stack file or its folder."
        )
    raise UsageError(
        f"no {STACK_FILES[0]} in this folder",
        where=str(place.resolve()),
        next_step="Name a stack's folder or file, or make one with `argosy init`.",
    )


def stack_file_here() -> Path | None:
    """That of the current folder, where it has one."""
    return _stack_file_at(Path())


def stack_named(name: str) -> Path:
    """The stack that ``name`` means: by its file or folder, or by its name while it runs.

    Raises `UsageError` for what is none, a model included.
    """
    if (stack := _stack(name)) is not None:
        return stack
    prefix = name.rstrip("/").rpartition("/")[0]
    if (stack := _stack(prefix or ".")) is not None:
        raise UsageError(
            "no stack is here or runs under this name",
            where=name,
            next_step=f"Name a stack's folder or file, as `{prefix or '.'}`; see `argosy ls`.",
        )
    raise _neither(name)


def stack_and_model(name: str) -> tuple[Path, str | None]:
    """What ``name`` means: a stack (file, folder, or name of a running one), or one of its models.

    ``desk`` is a stack, ``desk/sentiment`` and, inside its folder, ``sentiment`` are models. A
    name of both means the model of the stack in the current folder. Raises `UsageError` for what
    is neither, or the name of several running stacks.
    """
    if _is_both(name):
        return _stack_file_at(Path()) or Path(), name
    if (stack := _stack(name)) is not None:
        return stack, None
    prefix, _, model = name.rstrip("/").rpartition("/")
    if (stack := _stack(prefix or ".")) is not None:
        return stack, model
    raise _neither(name)


def other_meaning(name: str) -> Path | None:
    """The stack that a ``name`` could also mean, which is taken for a model."""
    return _stacks(name)[0] if _is_both(name) else None


def run_folders() -> dict[Path, Path]:
    """The run folder of every stack of this user that runs or may run, by stack file."""
    folders = sorted(identity.parent for identity in run_root().glob("*/stack.json"))
    return {file: folder for folder in folders if (file := stack_of(folder)) is not None}


def stack_of(run_folder: Path) -> Path | None:
    """The stack file that this run folder belongs to, while something of the stack may run."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return Path(json.loads((run_folder / "stack.json").read_text())["file"])
    return None


def _stack(name: str) -> Path | None:
    found = _stacks(name)
    if len(found) > 1:
        raise UsageError(
            "several stacks of this name run",
            where=name,
            next_step=f"Name one by its folder: {', '.join(str(one.parent) for one in found)}.",
        )
    return found[0] if found else None


def _stacks(name: str) -> list[Path]:
    """The one at this place, else all that run under this name."""
    with contextlib.suppress(PermissionError):
        if (file := _stack_file_at(Path(name))) is not None:
            return [file]
    return sorted(file for file in run_folders() if file.parent.name == name)


def _is_both(name: str) -> bool:
    """Whether it names a stack, and also a model that the stack file of this folder declares.

    Of the file only names are read: mistakes in it are for whoever loads it.
    """
    here = None if "/" in name or name == "." else _stack_file_at(Path())
    if here is None or not _stacks(name):
        return False
    with contextlib.suppress(OSError, YAMLError, UnicodeError):
        written = YAML(typ="safe").load(here.read_text())
        models = written.get("models") if isinstance(written, dict) else None
        return isinstance(models, dict) and name in models
    return False


def _neither(name: str) -> UsageError:
    return UsageError(
        "no stack is here or runs under this name",
        where=name,
        next_step="Name a stack's folder or file, or `<stack>/<model>`; see `argosy ls`.",
    )


def _stack_file_at(place: Path) -> Path | None:
    files = [place, *(place / name for name in STACK_FILES)]
    return next((file.resolve() for file in files if file.is_file()), None)


def state_folder(file: Path) -> Path:
    """Where the stack of this file keeps its state."""
    return file.parent / ".argosy"


def writable_state_folder(file: Path) -> Path:
    """The state folder, made. Raises `CannotStart` if the stack's state cannot be kept there."""
    return _writable(
        state_folder(file),
        "the stack's state",
        "Make the folder writable, or copy the stack to one that is.",
    )


def run_root() -> Path:
    """The folder that holds the run folders of every stack of this user; made private to them."""
    if place := os.environ.get("ARGOSY_RUN_DIR"):
        root = Path(place)
    elif runtime := os.environ.get("XDG_RUNTIME_DIR"):
        root = Path(runtime) / "argosy"
    else:
        root = Path(f"/tmp/argosy-{os.getuid()}")  # noqa: S108  ownership is checked below
    return _private(root)


def run_folder(file: Path) -> Path:
    """Where the stack of this file keeps its sockets and pids."""
    key = hashlib.sha256(os.fsencode(file)).hexdigest()[:8]
    return _private(run_root() / key)


def home() -> Path:
    """The store of environments and weights that all stacks of this user share."""
    if place := os.environ.get("ARGOSY_HOME"):
        return Path(place)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "argosy"


def writable_home() -> Path:
    """`home`, made. Raises `CannotStart` if nothing can be kept there."""
    return _writable(
        home(),
        "the store of environments and weights",
        "Make the folder writable, or set ARGOSY_HOME to one that is.",
    )


def _private(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"this folder cannot be made: {error.strerror}", where=str(folder)
        ) from error
    status = folder.stat()
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise CannotStart(
            "the run folder must belong to you alone (mode 0700)",
            where=str(folder),
            next_step=f"Run `chmod 700 {folder}`, or set ARGOSY_RUN_DIR to another folder.",
        )
    return folder


def _writable(folder: Path, what: str, next_step: str) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"{what} cannot be written: {error.strerror}", where=str(folder), next_step=next_step
        ) from error
    return folder
