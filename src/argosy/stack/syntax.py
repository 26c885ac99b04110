"""What the YAML parser complains of, in plain words. No I/O here."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

_FLOW = re.compile(r"while parsing a flow (mapping|sequence)")
_FLOW_THEN_TEXT = re.compile(r"(?:^|[:\s-])\s*(\[)[^\]\n]*\][^\s,\]}#]")
_VARIABLE_IN_FLOW = re.compile(r"[{,\[][^\"'\n$]*(\$\{)")

_SIGNS = (
    (
        "mapping values are not allowed",
        "a `:` is not expected here",
        "Put text with `: ` in quotes, and give the keys of one mapping the same indentation.",
    ),
    (
        "could not find expected ':'",
        "a key without its `:` stands here or just above",
        "Write `key: value`.",
    ),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "Give the keys of one mapping the same number of spaces.",
    ),
    (
        "found undefined alias",
        "no anchor of this name stands above",
        "Define it with & before it is used with *.",
    ),
    (
        "but found another document",
        "a second document begins here",
        "A stack file holds one document; remove the `---`.",
    ),
    ("maximum depth", "this is nested too deeply", "No key of a stack file lies this deep."),
    ("cannot start any token", "this character cannot start a value", "Put the value in quotes."),
    ("expected the node content", "a value is expected here", "Write one, or put it in quotes."),
    (
        "undefined tag handle",
        "YAML tags have no meaning in a stack file",
        "Remove the word with `!`.",
    ),
)


def explain(error: YAMLError, text: str) -> tuple[int, str, str]:
    """Where the mistake is, as an index into ``text``; what it is; the next step."""
    if isinstance(error, ReaderError):
        what = f"the character {error.character:#06x} is not allowed in YAML"
        return error.position, what, "Remove it."
    if not isinstance(error, MarkedYAMLError) or not error.problem_mark:
        return 0, "this is not YAML", "Check its quotes, brackets and indentation."
    here = error.problem_mark.index
    begin = text.rfind("\n", 0, here) + 1
    line = text[begin:].split("\n", 1)[0]
    if variable := _VARIABLE_IN_FLOW.search(line):
        what = "a variable inside { } or [ ] must be in quotes"
        return begin + variable.start(1), what, 'Write "${NAME}".'
    if bracket := _FLOW_THEN_TEXT.search(line):
        what = "text that starts with [ must be in quotes"
        return begin + bracket.start(1), what, 'Write it like "[::1]:8080".'
    return _explain(error, here, text)


def _explain(error: MarkedYAMLError, here: int, text: str) -> tuple[int, str, str]:
    problem, context = str(error.problem or error.context), str(error.context)
    started = error.context_mark.index if error.context_mark else here
    if text[here : here + 1] == "\t" or "'\\t'" in problem:
        return here, "a tab is used for indentation", "YAML is indented with spaces."
    if "quoted scalar" in context:
        if "end of stream" in problem or "document separator" in problem:
            return started, "this quote is never closed", "Close it at the end of the value."
        return (
            here,
            f"a quoted text cannot hold this ({problem})",
            r"In double quotes a backslash is written \\.",
        )
    if flow := _FLOW.match(context):
        opening, closing = "{}" if flow[1] == "mapping" else "[]"
        what = f"this {opening} is never closed, or a comma is missing after it"
        return started, what, f"Add the {closing} or the comma."
    if "mapping values" in problem and (above := _line_without_colon(text, here)) is not None:
        return above, "a `:` is missing in this line", "Write `key: value`."
    for sign, what, next_step in _SIGNS:
        if sign in problem:
            return here, what, next_step
    what = f"this is not YAML ({' '.join(problem.split())})"
    return here, what, "Check quotes, brackets and indentation here and in the line above."


def _line_without_colon(text: str, here: int) -> int | None:
    """Where the line above begins, when it holds a word and nothing else."""
    begin = max(text.rfind("\n", 0, here), 0)
    above = text[:begin].rstrip()
    start = above.rfind("\n") + 1
    word = re.fullmatch(r"(\s*)[A-Za-z0-9_-]+", above[start:].split(" #")[0].rstrip())
    return start + len(word[1]) if word else None
