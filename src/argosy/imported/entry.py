"""Where callers come in: the ports that services publish become the gateway's one. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from argosy.imported.draft import Draft
from argosy.imported.roles import Role
from argosy.imported.service import Port, Service
from argosy.stack.model import DEFAULT_LISTEN

LOOPBACK = "127.0.0.1"
FIRST_PORT = 8080
HTTPS = 443


@dataclass
class Entry:
    """The gateway's address; ``wants_keys`` once a model has asked its callers for one."""

    listen: str = DEFAULT_LISTEN
    wants_keys: bool = False

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://{self.listen}"

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.listen.rpartition(":")[2])

    def says(self, port: Port) -> str:
        """What became of a port that was published."""
        text = f"the gateway answers at {self.url}"
        if port.host in ("", "0.0.0.0", "[::]"):  # noqa: S104  compared, not listened on
            text += ", for this machine alone; for others listen on 0.0.0.0, where keys are needed"
        return f"{text}; HTTPS is `gateway: {{tls: …}}`" if port.published == HTTPS else text

    def carry_ports(self, draft: Draft) -> None:
        """Of a model: the gateway answers for it."""
        name = draft.name
        for port in draft.service.ports:
            text = f"{self.says(port)}; all paths below /models/{name}, OpenAI's as they were"
            draft.change(port.path, text)
        if draft.is_open("ports"):
            text = f"the gateway answers at {self.url}; all paths below /models/{name}"
            draft.change(("ports",), text)


def listen(services: Mapping[str, Service], roles: Mapping[str, Role]) -> Entry:
    """The port of the proxy that the gateway replaces, or of the one model; else a free one."""
    taken = {
        port.published
        for name, role in roles.items()
        if role.part == "companion"
        for port in services[name].ports
    }
    proxies = [port for port in _ports(services, roles, "gateway") if port.published not in taken]
    models = [port for port in _ports(services, roles, "model") if port.published not in taken]
    plain = [port for port in proxies if port.published != HTTPS]
    if plain or len(models) == 1:
        return Entry(f"{LOOPBACK}:{(plain or models)[0].published}")
    port = next(one for one in range(FIRST_PORT, 65536) if one not in taken)
    return Entry(f"{LOOPBACK}:{port}")


def _ports(services: Mapping[str, Service], roles: Mapping[str, Role], part: str) -> list[Port]:
    return [
        port for name, role in roles.items() if role.part == part for port in services[name].ports
    ]
