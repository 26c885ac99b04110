"""The reference of the stack file, its JSON Schema and the engines: generated files of `docs/`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from argosy.stack import engine_manual
from argosy.stack.kind import Kind
from argosy.stack.mistakes import flow
from argosy.stack.schema import StackShape, json_schema, shapes
from argosy.stack.shape import Shape, keys
from argosy.stack.values import DURATIONS, SIZES

_INTRODUCTION = f"""\
# The stack file

One `argosy.yaml` declares all models of a stack. A key that is not listed here is refused, with
its file, line, column and the nearest key that exists; all mistakes are shown at once.

- **Durations and sizes.** {DURATIONS} {SIZES}
- **Variables.** `${{NAME}}` and `${{NAME:-default}}` stand for variables of the environment, in
  every value; the default is taken where the variable is not set, or empty. A variable without
  either is a mistake. A literal `$` is `$$`. Inside `{{ }}` and `[ ]` a variable is put in quotes.
- **Paths** are relative to the folder of the stack file.
- **Extensions.** Keys that start with `x-` are left alone, in every mapping. They are the place for
  anchors: `x-small: &small {{cpus: 1, memory: 256MiB}}`, then `resources: *small`, or
  `resources: {{<<: *small, cpus: 2}}`.
- **Editors.** [argosy.schema.json](argosy.schema.json), which `argosy schema` prints too, gives
  completion: `# yaml-language-server: $schema=<path of the schema>` in the first line.
"""


def files() -> dict[str, str]:
    """The files of `docs/` that are generated: name → text."""
    return {
        "stack-file.md": "\n".join([_INTRODUCTION, *sections(StackShape)]),
        "engines.md": engine_manual.text(),
        "argosy.schema.json": schema_text(),
    }


def schema_text() -> str:
    """The JSON Schema as `argosy schema` prints it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write the generated files into a folder."""
    for name, text in files().items():
        (folder / name).write_text(text)


def sections(root: type[Shape], level: str = "##") -> Iterator[str]:
    """For each mapping of a file a heading of this level, and the table of its keys."""
    every = shapes(root)
    for path, shape in every.items():
        yield f"{level} {_heading(path)}\n"
        yield f"{shape.__doc__}\n"
        yield "| key | type | default | example | meaning |"
        yield "|---|---|---|---|---|"
        for key, field in keys(shape).items():
            cells = (
                f"`{key}`",
                _type((*path, key), field, every),
                _default(field),
                f"`{key}: {_example(field)}`",
                str(field.description),
            )
            yield f"| {' | '.join(cells)} |"
        yield ""


def _heading(path: tuple[str, ...]) -> str:
    return f"`{'.'.join(path)}`" if path else "At the top"


def _type(
    path: tuple[str, ...], field: FieldInfo, every: Mapping[tuple[str, ...], type[Shape]]
) -> str:
    for below in every:
        if below[: len(path)] == path:
            kind = "mapping of names to" if len(below) > len(path) else "mapping:"
            mapping = f"{kind} [`{'.'.join(below)}`](#{_anchor(below)})"
            words = next((str(kind) for kind in field.metadata if isinstance(kind, Kind)), "")
            return f"{words}, or {mapping}" if words else mapping
    if get_origin(field.annotation) is dict:
        name, value = (_kind(kind) for kind in get_args(field.annotation))
        return f"mapping: {name} to {value}"
    kinds = (*field.metadata, *(_kind(annotation) for annotation in get_args(field.annotation)))
    return str(next(kind for kind in kinds if isinstance(kind, Kind)))


def _kind(annotation: object) -> Kind | None:
    metadata = getattr(annotation, "__metadata__", ())
    return next((item for item in metadata if isinstance(item, Kind)), None)


def _anchor(path: tuple[str, ...]) -> str:
    """As Markdown viewers make it from a heading: without dots and angle brackets."""
    return re.sub(r"[^a-z0-9_]", "", "".join(path))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "–" if field.default is None or field.default_factory else f"`{field.default}`"


def _example(field: FieldInfo) -> str:
    example = (field.examples or [""])[0]
    return f'"{example}"' if example == "3.11" else flow(example)


if __name__ == "__main__":
    write(Path("docs"))
