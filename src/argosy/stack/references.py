"""Do the files that a stack names exist? The one part of reading a stack file that looks around."""

from __future__ import annotations

import difflib
import itertools
import os
from pathlib import Path

from argosy import certificates
from argosy.errors import CertificateError
from argosy.stack.document import Document, Keys
from argosy.stack.gateway_schema import TlsShape
from argosy.stack.schema import ModelShape, StackShape
from argosy_runner import engines


def check(document: Document, shape: StackShape, folder: Path) -> None:
    """Add a problem for each file and folder that is missing or cannot be read."""
    for name, model in shape.models.items():
        path = ("models", name)
        _check_needs(document, model, path)
        if model.code is not None:
            _check_code(document, model, (*path, "code"), resolve(folder, model.code))
        if model.weights is not None:
            _check_weights(document, model, (*path, "weights"), resolve(folder, model.weights))
        if model.probe is not None:
            suite = resolve(folder, model.probe.suite)
            _check_suite(document, (*path, "probe", "suite"), suite)
    if shape.gateway.tls:
        _check_certificate(document, shape.gateway.tls, folder)


def resolve(folder: Path, path: str) -> Path:
    """The absolute path of one that is written relative to the stack file's folder."""
    try:
        return (folder / Path(path).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, an unknown user
        return folder / path


def _check_needs(document: Document, model: ModelShape, path: Keys) -> None:
    needed = {"python": "code", "command": "command"}.get(model.engine, "weights")
    given = getattr(model, needed) is not None or document.is_faulty((*path, needed))
    if given or document.is_faulty((*path, "engine")):
        return
    what = f"the engine {model.engine} needs {needed}"
    step = "Name the folder that holds model.py: `code: ./…`."
    if needed == "weights":
        step = "Name the file or folder of the model's data: `weights: ./…`."
    elif needed == "command":
        step = "Say what to run: `command: python serve.py --port {port}`."
    elif taking := engines.taking(Path(model.weights or "").suffix.lower()):
        step = f"Did you mean `engine: {taking[0]}`?"
    document.problem(document.place(path).key, path, what, step, spoils=False)


def _check_code(document: Document, model: ModelShape, path: Keys, code: Path) -> None:
    if not _exists(code):
        _missing(document, path, "no folder is here", code)
    elif not code.is_dir():
        _wrong(
            document, path, "this is a file, not a folder", "Name the folder that holds model.py."
        )
    elif not os.access(code, os.R_OK | os.X_OK):
        _wrong(document, path, "this folder cannot be read", "Check its permissions.")
    elif _is_python(document, model, path) and not _exists(code / "model.py"):
        _wrong(document, path, "the folder has no model.py", "Write one with a class Model.")


def _is_python(document: Document, model: ModelShape, path: Keys) -> bool:
    return model.engine == "python" and not document.is_faulty((*path[:-1], "engine"))


def _check_weights(document: Document, model: ModelShape, path: Keys, weights: Path) -> None:
    if not _exists(weights):
        _missing(document, path, "no file or folder is here", weights)
    elif not (weights.is_file() or weights.is_dir()):
        _wrong(document, path, "this is neither a file nor a folder", "Name one of them.")
    elif not os.access(weights, os.R_OK | (os.X_OK if weights.is_dir() else 0)):
        _wrong(document, path, "this cannot be read", "Check its permissions.")
    elif model.engine not in {"python", "command"} and not document.is_faulty(
        (*path[:-1], "engine")
    ):
        others = engines.taking(weights.suffix.lower()) if weights.is_file() else ()
        if others and model.engine not in others:
            what = f"the engine {model.engine} takes no {weights.suffix} file"
            _wrong(document, path, what, f"Did you mean `engine: {others[0]}`?")


def _check_suite(document: Document, path: Keys, suite: Path) -> None:
    """What is in it is read where it is used."""
    if not _exists(suite):
        _missing(document, path, "no file is here", suite)
    elif not suite.is_file():
        _wrong(document, path, "this is no file", "Name the file of the questions.")
    elif not os.access(suite, os.R_OK):
        _wrong(document, path, "this cannot be read", "Check its permissions.")


def _check_certificate(document: Document, tls: TlsShape, folder: Path) -> None:
    path = ("gateway", "tls")
    files = {"certificate": resolve(folder, tls.certificate), "key": resolve(folder, tls.key)}
    missing = [name for name, file in files.items() if not _exists(file)]
    for name in missing:
        _missing(document, (*path, name), "no file is here", files[name])
    if missing:
        return
    try:
        certificates.read(**files)
    except CertificateError as error:
        name = "key" if error.path == files["key"] else "certificate"
        _wrong(document, (*path, name), error.what, error.next_step or "")


def _missing(document: Document, path: Keys, what: str, place: Path) -> None:
    near = "" if document.place(path).interpolated else _sibling(place)
    step = f"Did you mean {near}?" if near else "Paths are relative to the stack file's folder."
    _wrong(document, path, what, step)


def _wrong(document: Document, path: Keys, what: str, step: str) -> None:
    place = document.place(path)
    document.problem(place.value, path, f"{place.shown}: {what}", step)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, a folder above that cannot be entered
        return False


def _sibling(path: Path) -> str:
    try:
        names = [other.name for other in itertools.islice(path.parent.iterdir(), 1000)]
    except OSError:
        return ""
    return next(iter(difflib.get_close_matches(path.name, names, n=1)), "")
