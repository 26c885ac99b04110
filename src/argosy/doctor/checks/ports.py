"""Whether the addresses are free on which the gateway and the companions listen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy import find
from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.errors import CannotStart
from argosy.gateway import ports
from argosy.gateway.routing import addresses

GROUP = "stack"

NAME = "Ports"
ANYWHERE = "0.0.0.0"  # noqa: S104  where Compose publishes a port without an address


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    stack = case.stack
    if stack is None:
        return []
    run_folder = find.run_folders().get(stack.file)
    wanted = addresses(stack.gateway)
    if case.uses_docker and case.daemon.is_local and run_folder is None:
        wanted |= published(stack.services)
    return judge(wanted, refusals(wanted, run_folder))


def judge(wanted: Mapping[str, str], refused: Mapping[str, CannotStart]) -> list[Result]:
    """``wanted`` are addresses by their keys in the stack file, ``refused`` what is wrong."""
    results = [
        Result(NAME, "failure", error.what, f"{key} names it.", error.next_step or "")
        for key, error in refused.items()
    ]
    free = [address for key, address in wanted.items() if key not in refused]
    if free:
        results.append(Result(NAME, "ok", f"{', '.join(free)} free"))
    return results


def refusals(wanted: Mapping[str, str], ours: Path | None) -> dict[str, CannotStart]:
    """Who is in the way. The gateway of the run folder ``ours`` is not in its own."""
    found = {}
    for key, address in wanted.items():
        try:
            ports.check_free(address, ours=ours, key=key)
        except CannotStart as error:
            found[key] = error
    return found


def published(services: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Addresses that companions publish on this machine, by their keys in the stack file.

    Both forms of ``ports`` in the Compose specification; of ranges, and of what is not TCP, none.
    """
    found = {}
    for name, service in services.items():
        listed = service.get("ports")
        for place, one in enumerate(listed if isinstance(listed, list) else []):
            for address in _published(one):
                found[f"services.{name}.ports[{place}]"] = address
    return found


def _published(one: object) -> Iterator[str]:
    """``8080:80``, ``127.0.0.1:8080:80/tcp``, or a mapping with ``published``."""
    if isinstance(one, dict):
        host, port = one.get("host_ip") or ANYWHERE, str(one.get("published", ""))
        protocol = one.get("protocol", "tcp")
    else:
        text, _, protocol = str(one).partition("/")
        rest, _, _ = text.rpartition(":")
        host, _, port = rest.rpartition(":")
    if port.isdigit() and protocol in {"", "tcp"}:
        yield f"{host or ANYWHERE}:{port}"
