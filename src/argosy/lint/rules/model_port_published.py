"""A model's own port is open to the network

It has no keys, no limits and no TLS of its own, and Docker's port rules pass by the firewall.

Why:
    An inference server answers whoever reaches it: with a GPU's time, and some with their files.
    What calls it in the same Compose project needs no published port.

Example:
    ports: ["8000:8000"]

Instead:
    ports: ["127.0.0.1:8000:8000"]   # or `expose`, and a gateway in front

Source:
    Docker documentation, packet filtering and firewalls: published ports are reachable from outside
    whatever ufw says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.project.service_parts import Port

CODE = "AI408"
SEVERITY = "warning"
FIX = "unsafe"

_WITHIN = re.compile(r"127\.|\[?::1|localhost|\$")


def check(project: Project) -> Iterator[Finding]:
    """Ports of model services that are published on every address."""
    for service in project.services:
        for port in service.ports:
            if port.published and not _WITHIN.match(port.host):
                yield Finding(
                    port.at,
                    f"port {port.published} of `{service.name}` answers everybody who reaches "
                    "the machine",
                    f"Publish it on 127.0.0.1 (`127.0.0.1:{port.published}:{port.target}`), or "
                    "not at all.",
                    service.name,
                    fix=_fix(service, port),
                )
        if service.text("network_mode") == "host" and _listens_everywhere(service):
            yield Finding(
                service.at_path("network_mode"),
                f"`{service.name}` answers everybody who reaches the machine",
                "Let it listen on 127.0.0.1, or give it a network of its own.",
                service.name,
            )


def _listens_everywhere(service: Service) -> bool:
    """As it is told, or by the engine's default."""
    host = service.command.flag("--host", "--hostname", "--http-address")
    if host is not None:
        return host.value in ("0.0.0.0", "::", "[::]", "*")  # noqa: S104  what is looked for
    return service.engine in ("vllm", "tgi", "tei", "triton", "ollama", "localai")


def _fix(service: Service, port: Port) -> tuple[Edit, ...]:
    text = service.compose.texts[port.at.file][port.at.start : port.at.end]
    found = re.match(r"[\"']?(?=[\d$])", text)
    if found is None or port.host or "target" in text:
        return ()
    start = port.at.start + found.end()
    if found[0]:
        return (Edit(port.at.file, start, start, "127.0.0.1:"),)
    return (Edit(port.at.file, port.at.start, port.at.end, f'"127.0.0.1:{text}"'),)
