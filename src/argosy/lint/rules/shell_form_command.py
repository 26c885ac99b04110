"""A program runs below a shell that keeps SIGTERM to itself

`CMD uvicorn app:app` runs `sh -c "uvicorn app:app"`, and the shell does not pass signals on.

Why:
    The server never learns that it is to stop: it answers nothing for 10 seconds, and then all
    that is in flight breaks off.

Example:
    CMD uvicorn app:app --host 0.0.0.0

Instead:
    CMD ["uvicorn", "app:app", "--host", "0.0.0.0"]

Source:
    Dockerfile reference, shell and exec form; the build check JSONArgsRecommended. With variables:
    `CMD ["sh", "-c", "exec uvicorn app:app --port $PORT"]`.
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


def check(project: Project) -> Iterator[Finding]:
    """CMD and ENTRYPOINT in the shell's form, unless the shell is replaced by ``exec``."""
    for image in project.images:
        for keyword in ("ENTRYPOINT", "CMD"):
            found = image.stage.last(keyword)
            if found is None or found.form != "shell" or not found.text.strip():
                continue
            if re.match(r"\s*exec\s", found.text):
                continue
            yield Finding(
                image.at(found),
                "a shell stands before the program, which never gets SIGTERM",
                f'Write it as a list: `{keyword} ["…", "…"]`.',
                fix=_fix(image, found),
            )


def _fix(image: Image, found: Instruction) -> tuple[Edit, ...]:
    if re.search(r"[$`&|;<>()*?{}~\\]", found.text) or len(found.commands) != 1:
        return ()
    words = [word.text for word in found.commands[0].words]
    if found.commands[0].assignments or "\n" in found.text:
        return ()
    start, end = found.commands[0].words[0].span.start, found.commands[0].words[-1].span.end
    return (Edit(image.file, start, end, json.dumps(words, ensure_ascii=False)),)
