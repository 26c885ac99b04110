"""Commands that run another command: what they run counts."""

from __future__ import annotations

import re

from argosy.dockerfiles.pieces import SHELLS, Command

# Each with its flags that take a value of their own.
_WRAPPERS = {
    "builtin": "",
    "command": "",
    "env": "uC",
    "exec": "a",
    "nohup": "",
    "sudo": "CDghpRrTtUu",
    "time": "fo",
}
OPENED = SHELLS | _WRAPPERS.keys()  # programs of whose words others may be the program
_ASSIGNMENT = re.compile(r"[^\W\d]\w*=")


def unwrapped(command: Command) -> Command:
    """The command without ``sudo``, ``exec``, ``env`` and the like before it."""
    while command.program in _WRAPPERS:
        words = command.words
        at = _behind_flags(command, 1)
        start = at
        while command.program in ("env", "sudo") and at < len(words):
            if not _ASSIGNMENT.match(words[at].text):
                break
            at += 1
        if at >= len(words):
            return command
        command = Command(
            words[at:],
            command.assignments + words[start:at],
            command.operator,
            command.redirections,
            command.wrappers + words[:start],
        )
    return command


def _behind_flags(command: Command, at: int) -> int:
    words, valued = command.words, _WRAPPERS[command.program]
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        takes_one = not text.startswith("--") and len(text) > 1 and text[-1] in valued
        at += 2 if takes_one else 1
        if text == "--":
            break
    return at


def script_index(command: Command) -> int | None:
    """Which word is the script of ``sh -c``; None where the command is none such."""
    if command.program not in SHELLS:
        return None
    words, at, has_script = command.words, 1, False
    while at < len(words) and words[at].text[:1] in ("-", "+"):
        text = words[at].text
        short = not text.startswith("--")
        has_script = has_script or (short and "c" in text[1:])
        at += 2 if short and text.endswith(("o", "O")) else 1
    return at if has_script and at < len(words) else None
