"""Does the engine know the options that a model gives it? No I/O here."""

from __future__ import annotations

from argosy.stack.document import Document, shown
from argosy.stack.schema import StackShape
from argosy.stack.values import nearest
from argosy_runner import engines


def check(document: Document, shape: StackShape) -> None:
    """Add a problem for every option that is not one of the model's engine."""
    for name, model in shape.models.items():
        if document.is_faulty(("models", name, "engine")):
            continue
        known = engines.options(model.engine)
        for option in model.options:
            path = ("models", name, "options", option)
            if option not in known and not document.is_faulty(path):
                what = f"the engine {model.engine} has no such option"
                step = _next_step(option, tuple(known))
                document.problem(document.place(path).key, path, what, step)


def _next_step(option: str, known: tuple[str, ...]) -> str:
    if meant := nearest(option, known):
        return f"Did you mean {shown(meant)}?"
    return f"It has: {', '.join(known)}." if known else "It has none: leave `options` out."
