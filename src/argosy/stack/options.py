"""Does the engine know the options that a model gives it? No I/O here."""

from __future__ import annotations

import re

from argosy.nearest import nearest
from argosy.stack.document import Document, Keys, shown
from argosy.stack.schema import ModelShape, StackShape
from argosy_runner import engines
from argosy_runner.engines.command import PLACEHOLDERS

PER_WORKER = ("workers", "batch", "queue")


def check(document: Document, shape: StackShape) -> None:
    """Add a problem for every option and key that means nothing to the model's engine."""
    for name, model in shape.models.items():
        path = ("models", name)
        if document.is_faulty((*path, "engine")):
            continue
        for option in model.options:
            if not document.is_faulty((*path, "options", option)):
                _check_option(document, model.engine, option, (*path, "options", option))
        if model.command is not None:
            _check_command(document, model, (*path, "command"))
        if engines.is_served(model.engine):
            _check_served(document, model, path)


def _check_option(document: Document, engine: str, option: str, path: Keys) -> None:
    place = document.place(path).key
    known, ours = engines.options(engine), engines.ours(engine)
    if why := ours.get(option.replace("_", "-")) or ours.get(option.replace("-", "_")):
        what = f"this option of the engine {engine} is not the stack file's to set"
        document.problem(place, path, what, f"Leave it out: {why}.")
    elif known is not None and option not in known:
        what = f"the engine {engine} has no such option"
        document.problem(place, path, what, _next_step(option, tuple(known)))


def _next_step(option: str, known: tuple[str, ...]) -> str:
    if meant := nearest(option, known):
        return f"Did you mean {shown(meant)}?"
    return f"It has: {', '.join(known)}." if known else "It has none: leave `options` out."


def _check_command(document: Document, model: ModelShape, path: Keys) -> None:
    place = document.place(path)
    if model.engine != "command":
        what = f"the engine {model.engine} has a command of its own"
        document.problem(place.key, path, what, "Write `engine: command`, or leave it out.")
        return
    for word in model.command or ():
        for braced in re.findall(r"\{([a-z_]+)\}", word):
            meant = nearest(braced, PLACEHOLDERS)
            if braced not in PLACEHOLDERS and meant:
                what = f"nothing is filled in for {{{shown(braced)}}}"
                document.problem(place.value, path, what, f"Did you mean {{{meant}}}?")


def _check_served(document: Document, model: ModelShape, path: Keys) -> None:
    """What a server of its own decides by itself."""
    for key in PER_WORKER:
        if key in model.model_fields_set and not document.is_faulty((*path, key)):
            what = f"the engine {model.engine} is a server of its own and has no {key} of ours"
            step = "Leave it out; the engine's own options say such things."
            document.problem(document.place((*path, key)).key, (*path, key), what, step)
