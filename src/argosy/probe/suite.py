"""A suite: JSON Lines, each an item. Read whole, or refused with every mistake in it.

What a line asks with says how it is asked: ``input`` or ``file`` at ``/predict``, ``messages`` and
``prompt`` at OpenAI's paths, ``inputs`` by the Open Inference Protocol.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from argosy.errors import Problem, SuiteError
from argosy.nearest import nearest
from argosy.probe.item import Item, Protocol
from argosy.scorers import Scorer

LARGEST = 64 << 20  # bytes of a suite
MOST = 100_000  # items
HEAVIEST = 1e6  # weight of an item
SHOWN = 50  # mistakes
NAME_LENGTH = 16  # of the folder of a kept suite

ASKS: dict[str, Protocol] = {
    "input": "predict",
    "file": "predict",
    "messages": "chat",
    "prompt": "completions",
    "inputs": "infer",
}
OURS = ("id", "expected", "tags", "weight")
OF_INFERENCE = ("outputs", "parameters")
NOT_PASSED_ON = {
    "model": "The model that is asked is the one that the suite is run against.",
    "stream": "Answers are read whole.",
    "n": "One answer is scored; `probe.repeats` asks several times.",
}
EXAMPLE = '{"input": …, "expected": …}'


@dataclass(frozen=True)
class Suite:
    """``digest`` is of its content, the files that it names included."""

    file: Path
    digest: str
    items: tuple[Item, ...]

    def sample(self, count: int | None, seed: int) -> Suite:
        """So many of the items, the same ones for the same seed, in the order of the file."""
        if count is None or count >= len(self.items):
            return self
        drawn = sorted(self.items, key=lambda item: _lot(item.id, seed))[:count]
        chosen = tuple(sorted(drawn, key=lambda item: item.line))
        return Suite(self.file, self.digest, chosen)


def read(file: Path, scorer: Scorer | None = None) -> Suite:
    """The suite of a file. Where a ``scorer`` is given, it must fit what the items expect.

    Raises `SuiteError` with all mistakes at once.
    """
    file = Path(os.path.normpath(file))
    reader = _Reader(file, scorer)
    try:
        if file.stat().st_size > LARGEST:
            reader.wrong(1, "", f"is larger than {LARGEST >> 20} MiB", "Take fewer items.")
            raise SuiteError(tuple(reader.problems))
        content = file.read_bytes()
    except OSError as error:
        what = f"the suite cannot be read: {error.strerror}"
        raise SuiteError((Problem(file, 1, 1, "", what),)) from error
    items = tuple(reader.read(content))
    if reader.problems:
        raise SuiteError(reader.shown)
    return Suite(file, _digest(content, file.parent, items), items)


def keep(suite: Suite, folder: Path) -> Path:
    """Copy a suite and its files to ``folder``, unless they are there; the copy of the suite.

    An edit of the original does not change the copy, which is named by the digest. Raises
    `SuiteError` where the original is not any more what was read, and `OSError`.
    """
    kept = folder / suite.digest[:NAME_LENGTH]
    if kept.is_dir():
        return kept / suite.file.name
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".copying-", dir=folder))
    try:
        for file in {suite.file, *(item.file for item in suite.items if item.file)}:
            target = temporary / file.relative_to(suite.file.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        temporary.chmod(0o755)
        if read(temporary / suite.file.name).digest != suite.digest:
            what, step = "the suite has changed since it was read", "Do it again."
            raise SuiteError((Problem(suite.file, 1, 1, "", what, step),))
        try:
            temporary.rename(kept)
        except OSError:  # somebody else kept the same meanwhile
            if not kept.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return kept / suite.file.name


def _digest(content: bytes, folder: Path, items: tuple[Item, ...]) -> str:
    total = hashlib.sha256(content)
    for file in sorted({item.file for item in items if item.file}):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"\0{file.relative_to(folder)} {digest}".encode())
    return total.hexdigest()


def _lot(item_id: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {item_id}".encode()).digest()


class _Reader:
    """Reads lines, and collects what is wrong with them."""

    def __init__(self, file: Path, scorer: Scorer | None) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._scorer = scorer
        self._lines: dict[str, int] = {}  # of each id
        self._text = ""  # of the line that is read

    @property
    def shown(self) -> tuple[Problem, ...]:
        """Not more than anybody reads."""
        if len(self.problems) <= SHOWN:
            return tuple(self.problems)
        last, rest = self.problems[SHOWN - 1], len(self.problems) - SHOWN
        more = Problem(last.file, last.line, 10**6, "", f"and {rest} more mistakes")
        return (*self.problems[:SHOWN], more)

    def read(self, content: bytes) -> Iterator[Item]:
        """The items of all lines that are right."""
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        count = 0
        for number, line in enumerate(lines, 1):
            if line.strip():
                count += 1
                if item := self._line(number, line):
                    yield item
            if count > MOST:
                self.wrong(number, "", f"holds more than {MOST:,} items", "Take fewer.")
                return
        if not count:
            self.wrong(1, "", "the suite is empty", f"Write an item in each line: `{EXAMPLE}`.")

    def wrong(self, line: int, key: str, what: str, next_step: str = "", column: int = 0) -> None:
        """Add a mistake, at its key where it has one."""
        found = self._text.find(json.dumps(key, ensure_ascii=False)) if key else -1
        column = column or max(found, 0) + 1
        self.problems.append(Problem(self._file, line, column, key, what, next_step))

    def _line(self, number: int, line: bytes) -> Item | None:
        before = len(self.problems)
        self._text = line.decode(errors="replace")
        data = self._parse(number, line)
        if data is None:
            return None
        asks = [key for key in ASKS if key in data]
        if len(asks) != 1:
            self._ask_once(number, data, asks)
            return None
        item = self._item(number, data, asks[0])
        return item if len(self.problems) == before else None

    def _parse(self, number: int, line: bytes) -> dict[str, Any] | None:
        try:
            data = json.loads(
                line.decode(), parse_constant=_refuse, object_pairs_hook=_without_twins
            )
        except UnicodeDecodeError:
            self.wrong(number, "", "is not UTF-8", "Save the suite as UTF-8.")
        except json.JSONDecodeError as error:
            step = f"An item is one line: `{EXAMPLE}`."
            what = f"is not JSON: {error.msg[0].lower()}{error.msg[1:]}"
            self.wrong(number, "", what, step, error.colno)
        except RecursionError:
            self.wrong(number, "", "is nested too deeply")
        except ValueError as error:
            self.wrong(number, "", str(error))
        else:
            if isinstance(data, dict):
                return data
            step = f"Write an item in each line: `{EXAMPLE}`."
            if isinstance(data, list):
                step = "A suite is no list: `jq -c '.[]'` makes lines of one."
            self.wrong(number, "", "is no object", step)
        return None

    def _ask_once(self, number: int, data: dict[str, Any], asks: list[str]) -> None:
        words = ", ".join(ASKS)
        if asks:
            what = f"asks twice, with {' and '.join(asks)}"
            self.wrong(number, asks[1], what, "Make two items of it.")
            return
        for key in data:
            if key not in OURS and (meant := nearest(key, tuple(ASKS))):
                self.wrong(number, key, "unknown key", f"Did you mean {meant}?")
                return
        self.wrong(number, "", "asks nothing", f"It needs one of {words}.")

    def _item(self, number: int, data: dict[str, Any], ask: str) -> Item:
        fields = {key: value for key, value in data.items() if key not in OURS}
        protocol = ASKS[ask]
        self._check_keys(number, fields, ask, protocol)
        self._check_asked(number, ask, fields[ask])
        file = self._path(number, fields[ask]) if ask == "file" else None
        self._check_expected(number, data)
        return Item(
            id=self._id(number, data),
            protocol=protocol,
            fields={} if file else fields,
            file=file,
            expected=data.get("expected"),
            has_expected="expected" in data,
            tags=self._tags(number, data.get("tags", [])),
            weight=self._weight(number, data.get("weight", 1.0)),
            line=number,
        )

    def _check_keys(
        self, number: int, fields: dict[str, Any], ask: str, protocol: Protocol
    ) -> None:
        is_open = protocol in {"chat", "completions"}  # of OpenAI's fields every server has more
        known = (ask, *OURS, *(OF_INFERENCE if protocol == "infer" else ()))
        for key in fields:
            if key in known:
                continue
            meant = nearest(key, known)
            if is_open and key in NOT_PASSED_ON:
                self.wrong(number, key, "cannot be set by an item", NOT_PASSED_ON[key])
            elif not is_open or (meant and _is_typo(key, meant)):
                step = f"Did you mean {meant}?" if meant else f"Known here: {', '.join(known)}."
                self.wrong(number, key, "unknown key", step)

    def _check_asked(self, number: int, ask: str, value: object) -> None:
        if ask == "messages" and not (
            isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
        ):
            like = 'Write it like `[{"role": "user", "content": "2 + 2?"}]`.'
            self.wrong(number, ask, "must be a list of messages", like)
        elif ask == "prompt" and not isinstance(value, str):
            self.wrong(number, ask, "must be a text", "Make an item of each prompt.")
        elif ask == "inputs" and not (
            isinstance(value, list)
            and value
            and all(
                isinstance(one, dict) and {"name", "shape", "datatype", "data"} <= one.keys()
                for one in value
            )
        ):
            step = "For `/predict`, write one `input` in each line."
            what = "must be tensors, each with name, shape, datatype and data"
            self.wrong(number, ask, what, step)

    def _check_expected(self, number: int, data: dict[str, Any]) -> None:
        if self._scorer is None:
            return
        given = "expected" in data
        if wrong := self._scorer.wrong_expected(data.get("expected"), given=given):
            step = "" if given else "Write it, or take another scorer."
            self.wrong(number, "expected" if given else "", wrong, step)

    def _path(self, number: int, written: object) -> Path | None:
        folder = self._file.parent
        if not isinstance(written, str) or not written:
            self.wrong(number, "file", "must be a path", "Relative to the suite.")
            return None
        path = Path(os.path.normpath(folder / written))
        if Path(written).is_absolute() or not path.is_relative_to(folder):
            self.wrong(number, "file", "must lie below the suite's folder", "Copy it there.")
        elif not path.is_file():
            self.wrong(number, "file", f"`{written}`: no file is here")
        else:
            return path
        return None

    def _id(self, number: int, data: dict[str, Any]) -> str:
        written = data.get("id", number)
        if isinstance(written, bool) or not isinstance(written, str | int) or written == "":
            self.wrong(number, "id", "must be a text or a whole number")
            return str(number)
        item_id = str(written)
        if (line := self._lines.setdefault(item_id, number)) != number:
            self.wrong(
                number,
                "id" if "id" in data else "",
                f"the id {item_id} is that of line {line}, too",
                "Give each its own; without one, the number of the line is the id.",
            )
        return item_id

    def _tags(self, number: int, written: object) -> tuple[str, ...]:
        tags = [written] if isinstance(written, str) else written
        if not isinstance(tags, list) or not all(isinstance(tag, str) and tag for tag in tags):
            self.wrong(number, "tags", "must be a list of words", 'Write it like `["easy"]`.')
            return ()
        return tuple(dict.fromkeys(cast("list[str]", tags)))

    def _weight(self, number: int, written: object) -> float:
        is_number = isinstance(written, int | float) and not isinstance(written, bool)
        if is_number and 0 < cast("float", written) <= HEAVIEST:
            return float(cast("float", written))
        self.wrong(number, "weight", "must be a number above 0, up to a million")
        return 1.0


def _is_typo(key: str, meant: str) -> bool:
    """Whether a key of somebody else's is rather one of ours with a slip in it."""
    return difflib.SequenceMatcher(None, key.lower(), meant).ratio() > 0.75


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twin} stands there twice")
    return found
