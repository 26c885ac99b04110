"""``compose.yaml``: models, companions, nginx and Prometheus as services. No I/O here.

Each model is on a network of its own, which leads nowhere else unless the stack file allows it; the
gateway and Prometheus are on all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argosy.compose.project import companion_service, named_volumes, network_name
from argosy.compose.service import LOG, service, written
from argosy.errors import UsageError
from argosy.export import prometheus
from argosy.export.companions import placed
from argosy.export.nginx import conf, keys
from argosy.images import layout
from argosy.images.recipe import Recipe
from argosy.stack.as_written import AsWritten, escaped
from argosy.stack.model import Model, Stack

Service = dict[str, Any]

GATEWAY, PROMETHEUS = "gateway", "prometheus"
DEFAULT = "default"  # the network that is not a model's
SECRETS_FOLDER = "./secrets"
SCRATCH = "/tmp:size=1g,mode=1777"  # noqa: S108  bodies that are read wait there
ALIVE = ("CMD", "curl", "--fail", "--silent", "--insecure", "--output", "/dev/null")
# A container that is killed may take its network with it before it could say so: whoever waits for
# its answer learns it by asking (tcp(7)) after 2 s, and from what it does not take after 13 s.
NOTICED = {
    "net.ipv4.tcp_keepalive_time": 2,
    "net.ipv4.tcp_keepalive_intvl": 1,
    "net.ipv4.tcp_keepalive_probes": 3,
    "net.ipv4.tcp_retries2": 5,
}
HARDENED: Service = {
    "init": True,
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "restart": "unless-stopped",
    "logging": LOG,
}


@dataclass(frozen=True)
class Content:
    """What the file is made from. All paths are relative to its folder, or variables.

    ``recipes`` are those of the models' images. ``weights`` is where those are that are mounted, by
    model. ``home`` leads to the folder of the stack file, to which companions' paths are relative.
    """

    stack: Stack
    recipes: Mapping[str, Recipe]
    written: AsWritten
    weights: Mapping[str, str]
    home: str

    @property
    def models(self) -> tuple[Model, ...]:
        """In the order of their names, as the gateway lists them."""
        return tuple(sorted(self.stack.models, key=lambda model: model.name))


def compose(content: Content) -> dict[str, Any]:
    """The file as data. Raises `UsageError` where a name is needed twice."""
    stack = content.stack
    _check_names(stack)
    services = {GATEWAY: _gateway(stack), PROMETHEUS: _prometheus(content)}
    services |= {model.name: _model(model, content) for model in content.models}
    services |= {name: _companion(name, content) for name in sorted(stack.services)}
    networks = {
        network_name(one.name): {} if one.internet else {"internal": True} for one in content.models
    }
    made: dict[str, Any] = {
        "name": stack.name,
        "services": services,
        "networks": {DEFAULT: {}, **networks},
    }
    if secrets := _secrets(stack):
        made["secrets"] = secrets
    volumes = [PROMETHEUS, *named_volumes(content.written.services)]
    made["volumes"] = {name: {} for name in volumes}
    return made


def _check_names(stack: Stack) -> None:
    names = {*stack.services, *(model.name for model in stack.models)}
    if taken := sorted(names & {GATEWAY, PROMETHEUS}):
        raise UsageError(
            f"the exported files have another use for the name {taken[0]}",
            where=str(stack.file),
            next_step="Give the model or the companion another name.",
        )


def _gateway(stack: Stack) -> Service:
    gateway = stack.gateway
    ports = [f"${{GATEWAY_LISTEN:-{gateway.listen}}}:{conf.PORT}"]
    if gateway.tls and gateway.tls.redirect_from:
        ports.append(f"${{REDIRECT_LISTEN:-{gateway.tls.redirect_from}}}:{conf.REDIRECT_PORT}")
    longest = max((model.timeout for model in stack.models), default=0.0)
    scheme = "https" if gateway.tls else "http"
    made: Service = {
        "image": conf.IMAGE,
        "entrypoint": ["nginx", "-c", f"{conf.FOLDER}/nginx.conf", "-g", "daemon off;"],
        "user": f"{layout.USER_ID}:{layout.USER_ID}",
        **HARDENED,
        "tmpfs": [SCRATCH],
        "sysctls": NOTICED,
        "ports": ports,
        "volumes": [f"./nginx:{conf.FOLDER}:ro"],
        "networks": _every_network(stack),
        "stop_signal": "SIGQUIT",
        "stop_grace_period": written(longest),
        "healthcheck": {
            "test": [*ALIVE, f"{scheme}://127.0.0.1:{conf.PORT}/health"],
            "interval": "10s",
            "timeout": "5s",
            "start_period": "10s",
            "start_interval": "1s",
        },
    }
    if secrets := _gateway_secrets(stack):
        made["secrets"] = secrets
    return made


def _prometheus(content: Content) -> Service:
    folder = "/etc/prometheus"
    return {
        "image": prometheus.IMAGE,
        "command": [f"--config.file={folder}/prometheus.yml", "--storage.tsdb.path=/prometheus"],
        **HARDENED,
        "ports": [f"${{PROMETHEUS_LISTEN:-127.0.0.1:{prometheus.PORT}}}:{prometheus.PORT}"],
        "volumes": [f"./prometheus:{folder}:ro", f"{PROMETHEUS}:/prometheus"],
        "networks": _every_network(content.stack),
    }


def _model(model: Model, content: Content) -> Service:
    recipe = content.recipes[model.name]
    image = f"{content.stack.name}-{model.name}:{recipe.digest[:12]}"
    made = service(model, image)
    made = {
        "build": _build(model, recipe),
        **made,
        "networks": [network_name(model.name)],
        "deploy": {"replicas": model.replicas, **made["deploy"]},
    }
    if environment := _environment(model, content.written):
        made["environment"] = environment
    if source := content.weights.get(model.name):
        assert model.weights is not None
        target = str(layout.weights_in_container(model.weights))
        made["volumes"] = [f"{source}:{target}:ro"]
    if model.depends_on:
        made["depends_on"] = {
            name: {"condition": _condition(content.stack.services[name])}
            for name in model.depends_on
        }
    return made


def _build(model: Model, recipe: Recipe) -> Service:
    made: Service = {"context": f"./models/{model.name}", "provenance": False}
    if recipe.packages.find_links:
        made["additional_contexts"] = {
            f"find-links-{number}": f"${{FIND_LINKS_{number}:?a folder of wheels}}"
            for number, _ in enumerate(recipe.packages.find_links)
        }
    return made


def _environment(model: Model, written: AsWritten) -> dict[str, str]:
    """As it stands in the stack file: variables are filled in where Compose runs."""
    own = written.env.get(model.name, {})
    plain = {
        name: own[name] if "$" in own[name] else escaped(value) for name, value in model.env.items()
    }
    files = {f"{name}_FILE": f"{layout.SECRETS}/{name}" for name in model.secrets}
    return {**files, **plain}


def _condition(companion: Mapping[str, Any]) -> str:
    return "service_healthy" if "healthcheck" in companion else "service_started"


def _companion(name: str, content: Content) -> Service:
    """As it stands in the stack file, and on the networks of the models that depend on it."""
    asking = [model for model in content.models if name in model.depends_on]
    return companion_service(placed(content.written.services[name], content.home), asking)


def _every_network(stack: Stack) -> list[str]:
    return [DEFAULT, *sorted(network_name(model.name) for model in stack.models)]


def _secrets(stack: Stack) -> dict[str, Any]:
    """Files, because Compose puts no other secret into a container that cannot be written."""
    names = {name for model in stack.models for name in model.secrets}
    return {name: {"file": f"{SECRETS_FOLDER}/{name}"} for name in sorted(names)} | {
        name: {"file": f"{SECRETS_FOLDER}/{name}"} for name in _gateway_secrets(stack)
    }


def _gateway_secrets(stack: Stack) -> list[str]:
    tls = [conf.CERTIFICATE, conf.CERTIFICATE_KEY] if stack.gateway.tls else []
    return [*([keys.SECRET] if stack.gateway.needs_keys else []), *tls]
