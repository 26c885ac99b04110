"""A program runs below a shell, which need not pass SIGTERM on

`CMD uvicorn app:app` runs `sh -c "uvicorn app:app"`: the signal that stops a container goes to the
shell. Some shells put a single program in their own place, most do not where there is more.

Why:
    A server that never learns that it is to stop goes on for 10 seconds, and then all that is in
    flight breaks off.

Example:
    CMD uvicorn app:app --host 0.0.0.0

Instead:
    CMD ["uvicorn", "app:app", "--host", "0.0.0.0"]

Source:
    Dockerfile reference, shell and exec form; the build check JSONArgsRecommended. Where
    variables need a shell: `CMD exec uvicorn app:app --port $PORT`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.project.image import Image
from argosy.lint.project.project import Project

CODE = "AI116"
SEVERITY = "warning"
FIX = "safe"

_OF_SHELLS = re.compile(r"[$`&|;<>()*?{}~\\#!\[\]]")
_BUILT_IN = {
    ".", ":", "[", "cd", "echo", "eval", "exit", "export", "false", "kill", "printf", "read", "set",
    "source", "test", "trap", "true", "ulimit", "umask", "unset", "wait",
}  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """CMD and ENTRYPOINT in the shell's form, unless the shell is replaced by ``exec``."""
    for image in project.images:
        entrypoint = image.stage.last("ENTRYPOINT")
        for keyword in ("ENTRYPOINT", "CMD"):
            found = image.stage.last(keyword)
            if found is None or found.form != "shell" or not found.commands:
                continue
            if keyword == "CMD" and entrypoint is not None and entrypoint.form == "shell":
                continue  # nothing of it is run
            if _is_replaced(found) or not project.runs_itself(image, keyword):
                continue
            yield Finding(
                image.at(found),
                "the program runs below `sh -c`, which need not pass SIGTERM on to it",
                f'Write it as a list, `{keyword} ["…", "…"]`, or put `exec` before it.',
                fix=_fix(image, found),
            )


def _is_replaced(found: Instruction) -> bool:
    return any(word.text == "exec" for word in found.commands[-1].wrappers)


def _fix(image: Image, found: Instruction) -> tuple[Edit, ...]:
    """A list where no shell is needed and nothing else changes by it; else ``exec``.

    ENTRYPOINT as a list would begin to take CMD as its arguments, and an entrypoint that has CMD
    for its arguments would get others.
    """
    text = image.dockerfile.text
    last = found.commands[-1]
    if text[last.span.end : found.span.end].strip() or last.program in (*_BUILT_IN, ""):
        return ()
    has_entrypoint = image.stage.last("ENTRYPOINT") is not None
    is_plain = len(found.commands) == 1 and not last.assignments and not last.redirections
    start = last.span.start
    if is_plain and not has_entrypoint and not last.wrappers:
        written = text[start : last.span.end]
        if not _OF_SHELLS.search(written) and "\n" not in written:
            listed = json.dumps(last.texts, ensure_ascii=False)
            return (Edit(image.file, start, last.span.end, listed),)
    operators = [one.operator for one in found.commands[1:]]
    begins_with_wrapper = any(word.span.start == start for word in last.wrappers)
    if (
        (last.assignments and not begins_with_wrapper)
        or not set(operators) <= {"&&", ";", "\n"}
        or found.heredocs
    ):
        return ()
    if text[start : start + 1] in "\"'" or any(w.text in ("sh", "bash") for w in last.wrappers):
        return ()
    return (Edit(image.file, start, start, "exec "),)
