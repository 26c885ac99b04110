"""apt leaves more in a layer than what was asked for

Recommended packages are installed along, and the lists of all packages there are stay.

Why:
    `python3-pip` alone recommends a compiler: 200 MB and more. The lists are 40 MB, and stale the
    next day.

Example:
    RUN apt-get update && apt-get install -y python3-pip

Instead:
    RUN apt-get update && apt-get install -y --no-install-recommends python3-pip \\
        && rm -rf /var/lib/apt/lists/*

Source:
    Docker documentation, building best practices, apt-get; hadolint DL3009 and DL3015.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Command, Instruction
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import after_word
from argosy.lint.project.image import Image
from argosy.lint.project.project import Project

CODE = "AI113"
SEVERITY = "warning"
FIX = "safe"

_REMOVES = re.compile(
    r"rm\s+(-\w+\s+)*\S*/var/lib/apt(/lists)?(/\*)?|apt-get dist-?clean|apt dist-?clean"
)


def check(project: Project) -> Iterator[Finding]:
    """`apt-get install` in the stages that are kept."""
    for image in project.images:
        for instruction in image.instructions:
            installs = (
                [one for one in instruction.commands if _installs(one)]
                if instruction.keyword == "RUN"
                else []
            )
            if not installs:
                continue
            recommends = [one for one in installs if not _is_lean(one)]
            lists = not _are_lists_gone(instruction)
            if not recommends and not lists:
                continue
            left = [
                *(["what they recommend"] if recommends else []),
                *(["the package lists"] if lists else []),
            ]
            step = [
                *(["`--no-install-recommends`"] if recommends else []),
                *(["`&& rm -rf /var/lib/apt/lists/*`"] if lists else []),
            ]
            yield Finding(
                image.at(instruction),
                f"beside its packages this step leaves {' and '.join(left)} in the image",
                f"Add {' and '.join(step)}.",
                fix=_fix(image, instruction, recommends, lists=lists),
            )


def _installs(command: Command) -> bool:
    return command.program in ("apt-get", "apt") and any(
        one.text == "install" for one in command.words
    )


def _is_lean(command: Command) -> bool:
    words = " ".join(one.text for one in command.words)
    return "--no-install-recommends" in words or bool(
        re.search(r"Install-Recommends=(0|false|no)", words)
    )


def _are_lists_gone(instruction: Instruction) -> bool:
    text = " ".join(word.text for one in instruction.commands for word in one.words)
    mounts = [one.value for one in instruction.flags if one.name == "mount"]
    return bool(_REMOVES.search(text)) or any("/var/lib/apt" in one for one in mounts)


def _fix(
    image: Image, instruction: Instruction, recommends: list[Command], *, lists: bool
) -> tuple[Edit, ...]:
    if instruction.form != "shell" or instruction.heredocs:
        return ()
    edits: list[Edit] = []
    for one in recommends:
        words = [word.text for word in one.words]
        edits += after_word(image, one, words.index("install"), "--no-install-recommends")
    if lists:
        end = instruction.commands[-1].span.end
        edits.append(Edit(image.file, end, end, " \\\n    && rm -rf /var/lib/apt/lists/*"))
    return tuple(edits)
