"""Edits that rules offer, in the words of services and Dockerfiles. Pure.

What comes through an alias, a merge key or `extends` is written for others, too: it is not edited.
"""

from __future__ import annotations

from contextlib import suppress

from argosy.compose_files import editing
from argosy.compose_files.editing import CannotEdit
from argosy.compose_files.tree import Value
from argosy.dockerfiles.syntax import Command, Instruction
from argosy.edits import Edit
from argosy.lint.finding import At
from argosy.lint.project.image import Image
from argosy.lint.project.service import Service


def replaced(at: At, text: str) -> tuple[Edit, ...]:
    """``text`` in the place of a piece of a file."""
    return (Edit(at.file, at.start, at.end, text),)


def set_in(service: Service, path: tuple[str, ...], block: str) -> tuple[Edit, ...]:
    """The value at a path of a service becomes ``block``, a scalar where the key is there already.

    What is missing on the way is added. Empty where that would change other services, too, and
    where a variable says what the value is.
    """
    value = service.value
    for depth, key in enumerate(path):
        inner = value.mapping.get(key)
        if inner is None:
            return _added(service, value, path[depth:], block)
        if inner.shared or inner.place.file != service.value.place.file:
            return ()
        value = inner
    if value.mapping or value.items or "\n" in block or "$" in value.text:
        return ()
    with suppress(CannotEdit):
        return editing.set_scalar(value, block)
    return ()


def removed(service: Service, *path: str) -> tuple[Edit, ...]:
    """The key at a path is taken away with all below it."""
    parent = service.value.below(path[:-1]) if path[:-1] else service.value
    if parent is None or path[-1] not in parent.mapping:
        return ()
    value = parent.mapping[path[-1]]
    if value.shared or parent.shared or value.place.file != service.value.place.file:
        return ()
    with suppress(CannotEdit):
        return editing.remove_key(service.compose, parent, path[-1])
    return ()


def with_words(service: Service, words: str) -> tuple[Edit, ...]:
    """``words`` behind the service's own command; empty where it has none."""
    value = service.value.below(("command",))
    if value is None or value.shared or value.place.file != service.value.place.file:
        return ()
    with suppress(CannotEdit):
        return editing.append_word(value, words)
    return ()


def with_item(service: Service, key: str, item: str) -> tuple[Edit, ...]:
    """One more item in a list of a service, which is made where there is none."""
    value = service.value.mapping.get(key)
    if value is None:
        return set_in(service, (key,), f"- {item}")
    if value.shared or value.anchored or value.place.file != service.value.place.file:
        return ()
    with suppress(CannotEdit):
        return editing.add_item(value, item)
    return ()


def behind(image: Image, instruction: Instruction, lines: str) -> tuple[Edit, ...]:
    """Lines of a Dockerfile below an instruction."""
    end = instruction.span.end
    text = image.dockerfile.text
    rest = text[end:]
    newline = "\r\n" if "\r\n" in text else "\n"
    step = len(rest) - len(rest.lstrip(" \t\r"))
    if rest[step : step + 1] == "\n":
        end += step + 1
        return (Edit(image.file, end, end, newline.join([*lines.splitlines(), ""])),)
    return (Edit(image.file, end, end, newline + newline.join(lines.splitlines()) + newline),)


def before(image: Image, instruction: Instruction, lines: str) -> tuple[Edit, ...]:
    """Lines of a Dockerfile above an instruction."""
    newline = "\r\n" if "\r\n" in image.dockerfile.text else "\n"
    text = newline.join([*lines.splitlines(), ""])
    return (Edit(image.file, instruction.span.start, instruction.span.start, text),)


def after_word(image: Image, command: Command, index: int, words: str) -> tuple[Edit, ...]:
    """Words behind the word at an index of a command of a Dockerfile."""
    end = command.words[index].span.end
    return (Edit(image.file, end, end, f" {words}"),)


def _added(service: Service, parent: Value, path: tuple[str, ...], block: str) -> tuple[Edit, ...]:
    if parent.shared or parent.anchored or parent.place.file != service.value.place.file:
        return ()
    for key in reversed(path[1:]):
        separator = f"\n{_indented(block)}" if "\n" in block or ": " in block else f" {block}"
        block = f"{key}:{separator}"
    with suppress(CannotEdit):
        return editing.add_key(service.compose, parent, path[0], block)
    return ()


def _indented(block: str) -> str:
    return "".join(f"  {one}" if one.strip() else one for one in block.splitlines(keepends=True))
