"""apt leaves more in a layer than what was asked for

Recommended packages are installed along, and the lists of all packages there are stay.

Why:
    `python3-pip` alone recommends a compiler: 200 MB and more. The lists are tens of MB, and
    stale the next day.

Example:
    RUN apt-get update && apt-get install -y python3-pip

Instead:
    RUN apt-get update && apt-get install -y --no-install-recommends python3-pip \\
        && rm -rf /var/lib/apt/lists/*

Source:
    Docker documentation, building best practices, apt-get; hadolint DL3009 and DL3015. Curl, Git
    and Wget only recommend `ca-certificates`: ask for them by name, as the fix does.
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
    r"rm\s+(-\w+\s+)*(\S+\s+)*\S*/var/lib/apt(/|/lists|/\*|/lists/\*)?(\s|$)|apt(-get)? dist-?clean"
)
_CONFIGURED = re.compile(r"Install-Recommends\W+(0|false|no|off)\b", re.IGNORECASE)
_MAY_CONFIGURE = re.compile(r"install-recommends\W+[0fno]")
# What they fetch over HTTPS needs certificates, which they only recommend.
_NEED_CERTIFICATES = {"curl", "git", "openssl", "wget"}


def check(project: Project) -> Iterator[Finding]:
    """`apt-get` in the stages that are kept."""
    for image in project.images:
        is_somewhere = bool(_MAY_CONFIGURE.search(image.dockerfile.text.lower()))
        is_configured = False
        for instruction in image.instructions:
            if is_somewhere and _CONFIGURED.search(_written(image, instruction)):
                is_configured = True
            if instruction.keyword != "RUN":
                continue
            of_apt = [one for one in instruction.commands if one.program in ("apt-get", "apt")]
            if not of_apt:
                continue
            installs = [one for one in of_apt if "install" in one.texts]
            recommends = [] if is_configured else [one for one in installs if not _is_lean(one)]
            is_updated = any("update" in one.texts for one in of_apt)
            lists = is_updated and not _are_lists_removed(instruction)
            if not recommends and not lists:
                continue
            left = ["what they recommend"] * bool(recommends) + ["the lists of packages"] * lists
            step = ["`--no-install-recommends`"] * bool(recommends)
            step += ["`&& rm -rf /var/lib/apt/lists/*`"] * lists
            what = "apt leaves " if not recommends else "beside its packages this step leaves "
            yield Finding(
                image.at(instruction),
                f"{what}{' and '.join(left)} in the image",
                f"Add {' and '.join(step)}.",
                fix=_fix(image, instruction, recommends, lists=lists),
            )


def _written(image: Image, instruction: Instruction) -> str:
    return image.dockerfile.text[instruction.span.start : instruction.span.end]


def _is_lean(command: Command) -> bool:
    text = " ".join(command.arguments)
    return "--no-install-recommends" in text or bool(_CONFIGURED.search(text))


def _are_lists_removed(instruction: Instruction) -> bool:
    """Whether a step takes the lists away again, or they were never in the image."""
    commands = [" ".join(one.texts) for one in instruction.commands]
    if any(_REMOVES.search(one) for one in commands if "/apt" in one or "clean" in one):
        return True
    mounts = [one.options for one in instruction.flags if one.name == "mount"]
    targets = [
        one.get("target") or one.get("dst") or one.get("destination") or "" for one in mounts
    ]
    return any("var/lib/apt" in one for one in targets)


def _fix(
    image: Image, instruction: Instruction, recommends: list[Command], *, lists: bool
) -> tuple[Edit, ...]:
    if instruction.form != "shell":
        return ()
    text = image.dockerfile.text
    edits: list[Edit] = []
    for one in recommends:
        index = 1 + one.arguments.index("install")
        verb = one.words[index]
        if text[verb.span.start : verb.span.end] != verb.text:
            return ()
        words = "--no-install-recommends"
        if _NEED_CERTIFICATES & {*one.arguments} and not image.has_run("ca-certificates"):
            words += " ca-certificates"
        edits += after_word(image, one, index, words)
    removal = _removal(image, instruction) if lists else ()
    return () if removal is None else (*edits, *removal)


def _removal(image: Image, instruction: Instruction) -> tuple[Edit, ...] | None:
    """The lists away behind all that there is; None where something else ends the step."""
    wrappers = [word.text for one in instruction.commands for word in one.wrappers]
    command = f"{'sudo ' if 'sudo' in wrappers else ''}rm -rf /var/lib/apt/lists/*"
    text = image.dockerfile.text
    if instruction.heredocs:
        body = instruction.heredocs[-1].span
        is_script = len(instruction.heredocs) == 1 and instruction.text.startswith("<<")
        if not is_script or instruction.heredocs[0].strip_tabs or text[body.end - 1] != "\n":
            return None
        return (Edit(image.file, body.end, body.end, f"{command}\n"),)
    end = instruction.commands[-1].span.end
    if text[end : instruction.span.end].strip():
        return None
    return (Edit(image.file, end, end, f"{_joint(image, instruction)}&& {command}"),)


def _joint(image: Image, instruction: Instruction) -> str:
    """A line of its own below as many as there are, indented like the last one."""
    lines = _written(image, instruction).splitlines(keepends=True)
    if len(lines) == 1:
        return " "
    indent = lines[-1][: len(lines[-1]) - len(lines[-1].lstrip())] or "    "
    newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
    return f" {instruction.escape}{newline}{indent}"
