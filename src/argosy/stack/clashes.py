"""Names, paths and addresses at the gateway that two things ask for. No I/O here."""

from __future__ import annotations

from ipaddress import ip_address

from argosy.nearest import nearest
from argosy.stack.document import Document, Keys
from argosy.stack.schema import GATEWAY_WORDS, StackShape

GRPC_SERVICE = "inference.GRPCInferenceService"


def check(document: Document, shape: StackShape) -> None:
    """Add a problem for each alias, path and address that cannot be had."""
    _check_aliases(document, shape)
    _check_routes(document, shape)
    _check_redirect(document, shape)
    _check_metrics(document, shape)
    _check_cors(document, shape)
    _check_companions(document, shape)
    _check_gpus(document, shape)


def _check_aliases(document: Document, shape: StackShape) -> None:
    owners = {name: f"the model {name}" for name in shape.models}
    for name, model in shape.models.items():
        for alias in model.aliases or ():
            if alias in GATEWAY_WORDS:
                what = f"`{alias}` is the gateway's own"
            elif alias in owners:
                what = f"`{alias}` is {owners[alias]} already"
            else:
                owners[alias] = f"an alias of {name}"
                continue
            _problem(document, ("models", name, "aliases"), what, "Take another name.")


def _check_routes(document: Document, shape: StackShape) -> None:
    owners: dict[tuple[str | None, str], str] = {}
    for name, model in shape.models.items():
        if model.route is None:
            continue
        path, host = model.route.path, model.route.host
        at = ("models", name, "route")
        first = path.split("/")[1]
        if host is None and first in ("", *GATEWAY_WORDS, GRPC_SERVICE):
            step = f"Take another path, or a host: `{{path: {path}, host: {name}.example.com}}`."
            _problem(document, at, f"`{path}` is the gateway's own", step)
        elif owner := owners.get((host, path)):
            what = f"`{path}` leads to {owner} already"
            _problem(document, at, what, "Take another path, or another host.")
        else:
            owners[host, path] = name


def _check_redirect(document: Document, shape: StackShape) -> None:
    tls = shape.gateway.tls
    if tls is None or tls.redirect_from is None:
        return
    port = shape.gateway.listen.rpartition(":")[2]
    if tls.redirect_from.rpartition(":")[2] == port:
        what = f"port {port} is that of gateway.listen"
        at = ("gateway", "tls", "redirect_from")
        _problem(document, at, what, "Plain requests need a port of their own, mostly 80.")


def _check_metrics(document: Document, shape: StackShape) -> None:
    metrics, tls = shape.gateway.metrics, shape.gateway.tls
    others = (shape.gateway.listen, tls.redirect_from if tls else None)
    if metrics and any(_clash(metrics, other) for other in others if other):
        what = f"{metrics} is where callers are answered"
        _problem(document, ("gateway", "metrics"), what, "Choose another port.")


def _clash(one: str, other: str) -> bool:
    """Whether both cannot be listened on at once."""
    (host, port), (other_host, other_port) = (each.rsplit(":", 1) for each in (one, other))
    hosts = [ip_address(each.strip("[]")) for each in (host, other_host)]
    return port == other_port and (
        hosts[0] == hosts[1] or any(each.is_unspecified for each in hosts)
    )


def _check_cors(document: Document, shape: StackShape) -> None:
    cors = shape.gateway.cors
    if cors and cors.credentials and "*" in cors.origins:
        what = "browsers send no credentials where every origin is allowed"
        step = "Name the origins, or leave credentials out."
        _problem(document, ("gateway", "cors", "origins"), what, step)


def _check_companions(document: Document, shape: StackShape) -> None:
    for name in shape.services:
        if name in shape.models:
            what = f"a model is named {name}, too"
            step = "In Compose both would be services: take another name."
            _problem(document, ("services", name), what, step)
    for name, model in shape.models.items():
        at = ("models", name, "depends_on")
        for companion in model.depends_on or ():
            if companion in shape.models:
                step = "Models start side by side; only companions are waited for."
                _problem(document, at, f"`{companion}` is a model, not a companion", step)
            elif companion not in shape.services:
                meant = nearest(companion, tuple(shape.services))
                step = f"Did you mean {meant}?" if meant else "Declare it under `services:`."
                _problem(document, at, f"`{companion}` is no service", step)


def _check_gpus(document: Document, shape: StackShape) -> None:
    for name, model in shape.models.items():
        devices, count = model.resources.gpu_devices, model.resources.gpus
        if devices and count and count != len(devices):
            what = f"{count} GPUs are asked for, and {len(devices)} named"
            step = "Leave `gpus` out where `gpu_devices` names them."
            _problem(document, ("models", name, "resources", "gpus"), what, step)


def _problem(document: Document, path: Keys, what: str, next_step: str) -> None:
    if not document.is_faulty(path):
        document.problem(document.place(path).value, path, what, next_step)
