"""Running uv: where it is, with what it is run, and its reasons in the words of a user's error."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from argosy.errors import EnvironmentFailed

Progress = Callable[[str], None]

LONGEST_REASON = 900  # characters
LONGEST_LINE = 1 << 20  # bytes; a resolver's explanation can be one long line

# They would move uv from the interpreter and folder that it is told to use.
REDIRECTING = frozenset(
    {
        "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "UV_BREAK_SYSTEM_PACKAGES", "UV_PYTHON",
        "UV_REQUIRE_HASHES", "UV_SYSTEM_PYTHON", "UV_VENV_CLEAR", "UV_VENV_SEED",
        "UV_WORKING_DIRECTORY", "VIRTUAL_ENV",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """A run of uv that is over."""

    code: int
    output: str
    messages: str


async def run(
    arguments: Sequence[str | Path],
    *,
    folder: Path | None = None,
    say: Progress = lambda _: None,
    holding: Sequence[int] = (),
) -> Ended:
    """Run uv in ``folder``, whose settings it then reads, and tell ``say`` what it downloads.

    ``holding`` are descriptors that stay open as long as uv runs. Cancelled, it ends uv and what uv
    has started. Raises `EnvironmentFailed` where there is no uv.
    """
    process = await asyncio.create_subprocess_exec(
        _binary(),
        *arguments,
        cwd=folder if folder is not None and folder.is_dir() else Path("/"),
        env=_environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
        pass_fds=holding,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        output, messages = await asyncio.gather(process.stdout.read(), _follow(process.stderr, say))
        code = await process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
        raise
    return Ended(code, output.decode(errors="replace"), messages)


def search_path() -> list[str]:
    """``PATH`` with the interpreters of pyenv instead of its shims, which fail for most of them."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = [entry for entry in entries if entry and not _is_shims(Path(entry), pyenv)]
    return kept + [str(folder) for folder in sorted(pyenv.glob("versions/*/bin"), reverse=True)]


def _is_shims(folder: Path, pyenv: Path) -> bool:
    return folder.name == "shims" and folder.is_relative_to(pyenv)


def _binary() -> str:
    try:
        from uv import find_uv_bin  # noqa: PLC0415  a missing uv is a user's error, not an import's

        return find_uv_bin()
    except (ImportError, FileNotFoundError) as error:
        raise EnvironmentFailed(
            "uv, which builds the models' environments, is not installed beside Argosy",
            next_step="Install it with `pip install uv` into Argosy's own environment.",
        ) from error


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in REDIRECTING}
    return {
        **kept,
        "PATH": os.pathsep.join(search_path()),
        "NO_COLOR": "1",
        "UV_NO_PROGRESS": "1",
    }


async def _follow(stream: asyncio.StreamReader, say: Progress) -> str:
    lines = []
    async for raw in stream:
        line = raw.decode(errors="replace").rstrip()
        lines.append(line)
        if phrase := _phrase(line.strip()):
            say(phrase)
    return "\n".join(lines)


def _phrase(line: str) -> str:
    """What uv does now, for a person who waits: ``downloading onnxruntime (22.6 MiB)``."""
    if match := re.fullmatch(r"(Downloading|Building|Updating|Fetching) (\S+)(.*)", line):
        size = re.sub(r"(\d)([KMGT]i?B)", r"\1 \2", match[3]) if match[1] == "Downloading" else ""
        return f"{match[1].lower()} {match[2]}{size}"
    if match := re.fullmatch(r"Prepared (\d+ packages?) in .*", line):
        return f"installing {match[1]}"
    if line.startswith("Installed "):
        return "compiling bytecode"
    return ""


def failed(ended: Ended, doing: str, where: str | None) -> EnvironmentFailed:
    """uv's reason, shortened, and what to do about it. ``doing`` says what failed."""
    reason = explain(ended.messages)
    for pattern, summary, next_step in KNOWN:
        if re.search(pattern, ended.messages):
            what = f"{summary}: {reason}" if summary else reason
            return EnvironmentFailed(what, where=where, next_step=next_step)
    return EnvironmentFailed(f"{doing}: {reason}", where=where)


def explain(messages: str) -> str:
    """The lines of uv that say why, from its ``error:`` on, as one paragraph."""
    _, found, reason = f"\n{messages}".rpartition("\nerror: ")
    text = reason if found else messages
    text = re.sub(r"(?m)^\s*(cause|hint): ", "", text)
    text = text.replace("we can conclude that ", "")
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not re.match(NOISE, line)]
    head, *causes = dict.fromkeys(lines) or ["uv ended without a reason"]
    if head.startswith("Failed to build"):
        causes = [line for line in causes if re.search(COMPLAINT, line)][:2] or causes
    joined = f"{head}: {'; '.join(causes)}" if causes else head
    joined = joined.rstrip(";:. ").replace(".; ", ". ").replace(":; ", ": ").replace("::", ":")
    if len(joined) <= LONGEST_REASON:
        return joined
    return f"{joined[: LONGEST_REASON // 2]} … {joined[-LONGEST_REASON // 2 :]}"


# A caret below a quoted line, and the links of a chain that only repeat the one before.
NOISE = re.compile(
    r"[\^~]+$|error sending request for url|client error|dns error|error resolving DNS|"
    r"tcp connect error|Request failed after|\[stderr\]$|\[stdout\]$|--- stderr$"
)

# What a compiler or a build backend complains of, among all that it prints.
COMPLAINT = re.compile(r"(^|: )(fatal )?error: |^[A-Z]\w*(Error|Exception): |^ERROR")

# Pattern in uv's messages, a summary in our words, the next step. The first that matches is it.
KNOWN = (
    (
        r"No space left on device|Disk quota exceeded",
        "the disk is full",
        "Free some space: `argosy env prune` removes environments, `uv cache prune` downloads.",
    ),
    (
        r"Network connectivity is disabled",
        "uv is told to work offline, and this is not in its cache",
        "Unset UV_OFFLINE once, or name a folder of wheels with UV_FIND_LINKS.",
    ),
    (
        r"error sending request|Failed to fetch|timed out|dns error|error decoding response body",
        "the package index cannot be reached",
        "Check the network, or the index that uv is told to use (UV_DEFAULT_INDEX, uv.toml).",
    ),
    (
        r"Permission denied|Read-only file system",
        "a permission is missing",
        "Make the folder writable, or set ARGOSY_HOME or UV_CACHE_DIR to another one.",
    ),
    (
        r"Git operation failed",
        "a Git address cannot be read",
        "Check the address and the access to it.",
    ),
    (
        r"Failed to (download and )?build|build backend",
        "a package has no wheel here and cannot be built from source",
        "Choose a version that has a wheel, or install what its build needs.",
    ),
    (
        r"[Hh]ash mismatch",
        "a package is not the one that was locked",
        "Correct the `--hash` in the requirements, or resolve again with --upgrade.",
    ),
    (
        r"Python ?[<>]|Python ABI|Python requirement|Python version tag",
        "",
        "Change the pin, or give the model another `python:` in the stack file.",
    ),
    (
        r"was not found in the (package registry|provided package locations)",
        "",
        "Check the name, or the index that uv is told to use (UV_DEFAULT_INDEX, uv.toml).",
    ),
    (
        r"no wheels|no matching platform",
        "",
        "Choose a version that has a wheel for this machine, or another `python:`.",
    ),
    (r"unsatisfiable", "", "Change one of these requirements."),
    (r"[Cc]ouldn't parse|Error parsing|TOML parse error", "", "Correct this file."),
)
