"""``README.md`` and ``.env.example`` of the exported files: what whoever gets them must know.

No I/O here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from argosy.export.nginx import conf, keys
from argosy.images import layout
from argosy.stack.model import Stack


@dataclass(frozen=True)
class Variable:
    """One that Compose fills in. Where it is ``needed``, nothing starts without it."""

    name: str
    value: str
    about: str
    needed: bool = False


def env_example(variables: Sequence[Variable]) -> str:
    """``.env.example``: needed ones are to be filled in, the others show their default."""
    head = "# Copy to .env, which Compose reads. Lines with # are the defaults.\n"
    blocks = [
        f"# {one.about}\n{'' if one.needed else '# '}{one.name}={one.value}\n" for one in variables
    ]
    return "\n".join([head, *blocks])


def readme(stack: Stack, losses: Sequence[str], secrets: Mapping[str, str], needed: bool) -> str:
    """``secrets`` are the files that must be there, each with what it holds."""
    parts = [_head(stack, losses), _start(stack, secrets, needed), _use(stack), _files(stack)]
    return "\n".join(parts)


def _head(stack: Stack, losses: Sequence[str]) -> str:
    listed = "".join(f"- {one}\n" for one in losses)
    return f"""# {stack.name}

Written by `argosy export compose` from the stack {stack.name}; it runs without Argosy. What is
changed here by hand is lost with the next export.

What these files do not do of the stack:

{listed}"""


def _start(stack: Stack, secrets: Mapping[str, str], needed: bool) -> str:
    lines = []
    if needed:
        lines.append("cp .env.example .env    # and fill it in")
    if secrets:
        lines.append("mkdir -m 700 secrets")
    if keys.SECRET in secrets:
        lines.append("printf '%s me;\\n' \"$(openssl rand -hex 32)\" > secrets/keys")
    lines.append("docker compose up --build -d --wait")
    lines.append(f"curl {'-k ' if stack.gateway.tls else ''}{stack.gateway.url}/ready")
    commands = "\n".join(lines)
    text = f"## Start\n\n```sh\n{commands}\n```\n"
    if not secrets:
        return text
    rows = "".join(f"| `secrets/{name}` | {about} |\n" for name, about in secrets.items())
    return f"""{text}
| file | holds |
|---|---|
{rows}
Containers run as user {layout.USER_ID}, who must be able to read these files (`chmod 644`; the
folder's mode keeps others away). After a change: `docker compose restart`.
"""


def _use(stack: Stack) -> str:
    name = min(model.name for model in stack.models)
    replicas = max(model.replicas for model in stack.models if model.name == name)
    return f"""## Use

| to | run |
|---|---|
| see what runs | `docker compose ps` |
| read logs; the gateway's has a line of JSON for each request | `docker compose logs -f gateway` |
| have more replicas | `docker compose up -d --no-recreate --scale {name}={replicas + 1}` |
| read nginx's files again after an edit | `docker compose kill -s HUP gateway` |
| see metrics | http://127.0.0.1:9090 |
| stop | `docker compose down` |
"""


def _files(stack: Stack) -> str:
    weights = any(model.weights and not model.weights_in_image for model in stack.models)
    mounted = "\nWeights are mounted, read-only, and are not in these files." if weights else ""
    return f"""## Files

| path | what |
|---|---|
| `compose.yaml` | models, companions, nginx and Prometheus |
| `models/<model>/` | what a model's image is built from: Dockerfile, lock, code, runner |
| `nginx/` | paths, limits and answers of the gateway, for `{conf.IMAGE}` |
| `prometheus/` | who is asked for metrics |
{mounted}
"""
