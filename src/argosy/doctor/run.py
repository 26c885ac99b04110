"""All checks at once, none of them longer than it may take."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Sequence
from types import ModuleType

from argosy.doctor import checks, daemon, nvidia
from argosy.doctor.case import GROUPS, Case
from argosy.doctor.result import Group, Report, Result
from argosy.errors import ArgosyError
from argosy.stack.model import Stack

SECONDS = 10.0  # for each check that does not say another number


async def examine(
    stack: Stack | None, *, online: bool = False, pull: bool = False, seconds: float = SECONDS
) -> Report:
    """Look at this machine, and at what ``stack`` needs of it.

    ``online`` allows questions to the network, ``pull`` an image where none is here to try a GPU
    with. ``seconds`` is how long anything may take that is not known to take longer.
    """
    of_docker, of_nvidia = await asyncio.gather(daemon.look(seconds), nvidia.look(seconds))
    case = Case(stack, of_docker, of_nvidia, online, pull)
    modules = [importlib.import_module(f"{checks.__name__}.{name}") for name in checks.names()]
    found = await asyncio.gather(*(_bounded(module, case, seconds) for module in modules))
    answers = list(zip(modules, found, strict=True))
    groups = tuple(
        _group(name, case, [results for module, results in answers if name == module.GROUP])
        for name in GROUPS
    )
    shown = tuple(group for group in groups if group.results)
    return Report(str(stack.file) if stack else None, shown)


async def _bounded(module: ModuleType, case: Case, seconds: float) -> Sequence[Result]:
    """What a check says, or that it said nothing."""
    limit = getattr(module, "SECONDS", seconds)
    name = module.__name__.rpartition(".")[2].replace("_", " ")
    try:
        async with asyncio.timeout(limit):
            results: Sequence[Result] = await module.check(case)
            return results
    except TimeoutError:
        return [Result(name, "failure", f"did not answer in {limit:g} s")]
    except ArgosyError as error:
        where = f"{error.where}: " if error.where else ""
        return [Result(name, "failure", f"{where}{error.what}", mend=error.next_step or "")]
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return [Result(name, "warning", f"cannot be looked at: {where}{error.strerror}")]


def _group(name: str, case: Case, found: Sequence[Sequence[Result]]) -> Group:
    needed = GROUPS[name](case)
    results = [result for results in found for result in results]
    return Group(name, needed, tuple(one if needed else one.as_note() for one in results))
