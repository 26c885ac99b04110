"""The keys that mean the same for every service that becomes a model. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping

from argosy.compose_files.amounts import seconds
from argosy.imported import environment, resources
from argosy.imported.draft import Draft
from argosy.imported.roles import Role, dependencies
from argosy.stack.document import Keys
from argosy.stack.model import DEFAULT_START_TIMEOUT
from argosy.stack.units import show_duration

CHANGED: Mapping[str, str] = {
    "extends": "put together with the service that it extends",
    "container_name": "replicas are named by model, revision and number",
    "hostname": "the gateway leads to it, under the model's name",
    "networks": "a network of the model's own, with the companions that it depends on",
    "links": "companions are reached by their names",
    "expose": "the gateway reaches every replica",
    "logging": "logs are rotated, and kept for `argosy logs`",
    "restart": "a replica that ends is always replaced, at growing intervals",
    "init": "always so",
    "read_only": "always so, with a /tmp that can be written",
    "cap_drop": "always so: all of them",
    "security_opt": "always no-new-privileges",
    "user": "always a user without rights",
    "tmpfs": "/tmp can be written, nothing else",  # noqa: S108
    "pull_policy": "no image is pulled but the base of the one that is built",
    "platform": "built for the machine that it runs on",
    "stdin_open": "a replica has no terminal",
    "tty": "a replica has no terminal",
    "stop_grace_period": "follows from `drain` and `timeout`",
    "stop_signal": "always SIGTERM, after the gateway has stopped asking",
    "entrypoint": "the engine has a command of its own",
    "command": "the engine has a command of its own",
    "image": "the engine brings what it runs",
    "build": "an image is built of the code, the environment and the engine",
    "pids_limit": "always limited",
    "memswap_limit": "a model with a memory limit gets no swap beyond it",
    "mem_swappiness": "a model with a memory limit gets no swap beyond it",
}
LEFT: Mapping[str, str] = {
    "privileged": "models run without privileges",
    "cap_add": "models run without capabilities",
    "ulimits": "limits of processes are those of Docker",
    "network_mode": "a model has a network of its own",
    "ipc": "a model has a /dev/shm of its own: `resources.shm_size`",
    "pid": "a model sees its own processes only",
    "extra_hosts": "a model knows the companions that it depends on",
    "dns": "a model asks Docker's own name server",
    "sysctls": "those of the machine count",
    "volumes": "nothing but `code`, `weights` and secrets is there: put it into the `code` folder",
    "configs": "put it into the `code` folder",
    "labels": "labels for others mean nothing to the gateway; paths are `route:`",
    "annotations": "they mean nothing here",
    "develop": "edit the code and run `argosy up`: a new revision replaces the old one",
    "working_dir": "a program runs in its `code` folder",
    "models": "Docker's own models are not run: name the file as `weights`",
}
DEPLOY_LEFT: Mapping[str, str] = {
    "update_config": "a new revision becomes ready before the old one leaves, always",
    "rollback_config": "a revision that does not become ready never gets requests",
    "restart_policy": "a replica that ends is always replaced, at growing intervals",
    "placement": "everything runs on this machine",
    "mode": "say how many with `replicas`",
    "endpoint_mode": "the gateway balances",
}


def carry(draft: Draft, roles: Mapping[str, Role], gpus_meant: int = 0) -> None:
    """Speak for every key that the kind of service has left; `ports` are the gateway's."""
    resources.carry(draft, gpus_meant)
    environment.carry(draft)
    _carry_health(draft)
    _carry_dependencies(draft, roles)
    for key, text in DEPLOY_LEFT.items():
        if draft.service.has("deploy", key):
            draft.change(("deploy", key), text)
    for key in draft.service.value.mapping:
        if not draft.is_open(key):
            continue
        if key in CHANGED:
            draft.change((key,), CHANGED[key])
        elif key in LEFT:
            for path in _items(draft, key):
                draft.leave(path, LEFT[key])


def _items(draft: Draft, key: str) -> list[Keys]:
    """The items of a list that nobody has spoken for; the key itself where it is none."""
    value = draft.service.value.mapping[key]
    items = [(key, str(index)) for index in range(len(value.items))]
    return [path for path in items if draft.is_open(*path)] or [(key,)]


def health_path(draft: Draft) -> str:
    """The path that a health check asks for, ``/healthz``; empty without one."""
    value = draft.service.value.below(("healthcheck", "test"))
    if value is None:
        return ""
    text = " ".join(one.text for one in value.items) or value.text
    found = re.search(r"https?://[^/\s'\"]+(/[^\s'\"?|)]*)", text)
    return found[1] if found else ""


def _carry_health(draft: Draft) -> None:
    """We ask replicas ourselves; the time to start is the one number that stays."""
    if not draft.service.has("healthcheck"):
        return
    period = seconds(draft.service.text("healthcheck", "start_period"))
    path: Keys = ("healthcheck", "start_period")
    if period is not None and period >= DEFAULT_START_TIMEOUT:
        every = seconds(draft.service.text("healthcheck", "interval")) or 30.0
        retries = float(draft.service.text("healthcheck", "retries") or 3)
        longest = show_duration(min(period + every * retries, 86400.0))
        text = f"a replica may take {longest} until it is ready: start_period and the retries"
        draft.change(path, text, ("start_timeout",), longest)
    elif period is not None:
        usual = show_duration(DEFAULT_START_TIMEOUT)
        draft.change(path, f"a replica may take {usual} until it is ready: `start_timeout`")
    text = "Argosy asks replicas itself; one gets requests once it has proven that it works"
    draft.change(("healthcheck",), text)


def _carry_dependencies(draft: Draft, roles: Mapping[str, Role]) -> None:
    """On companions it goes on depending; models are not waited for."""
    waits: list[str] = []
    for name, (role, path) in dependencies(draft.service, roles).items():
        condition = draft.service.text(*path, "condition")
        if role.part != "companion":
            draft.leave(path, f"{_named(role)} is not waited for: models start side by side")
            continue
        waits.append(name)
        if condition == "service_completed_successfully":
            text = f"it is not waited for that {name} ends: run it before `argosy up`"
            draft.ask(path, text, ("depends_on",), list(waits))
        else:
            draft.carry(path, ("depends_on",), list(waits))


def _named(role: Role) -> str:
    return "the gateway" if role.part == "gateway" else f"the model {role.name}"
