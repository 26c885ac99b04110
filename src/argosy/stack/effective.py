"""Every value of a stack, defaults included, as the stack file would write it. No I/O here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from argosy.stack.model import Batch, Gateway, Model, ModelRoute, Rate, Stack
from argosy.stack.rollouts import show_probe, show_rollout
from argosy.stack.units import show_duration, show_rate, show_size


def effective(stack: Stack) -> dict[str, Any]:
    """The stack as plain data for JSON; the keys are those of the stack file."""
    return {
        "name": stack.name,
        "platform": stack.platform,
        "models": {model.name: effective_model(model) for model in stack.models},
        "gateway": _gateway(stack.gateway),
        "services": {name: dict(service) for name, service in stack.services.items()},
    }


def effective_model(model: Model) -> dict[str, Any]:
    """One model, without its name."""
    resources = model.resources
    return {
        "engine": model.engine,
        "code": str(model.code) if model.code else None,
        "weights": str(model.weights) if model.weights else None,
        "options": dict(model.options),
        "trust": model.trust,
        "command": list(model.command) or None,
        "python": model.python,
        "replicas": model.replicas,
        "workers": model.workers,
        "resources": {
            "cpus": resources.cpus,
            "memory": _size(resources.memory),
            "cpuset": resources.cpuset,
            "gpus": resources.gpus,
            "gpu_devices": list(resources.gpu_devices) or None,
            "shm_size": _size(resources.shm_size),
        },
        "batch": _batch(model.batch),
        "queue": model.queue,
        "max_body": show_size(model.max_body),
        "timeout": show_duration(model.timeout),
        "start_timeout": show_duration(model.start_timeout),
        "drain": show_duration(model.drain),
        "env": dict(model.env),
        "limits": {
            "rate": _rate(model.limits.rate),
            "burst": model.limits.rate and model.limits.rate.burst,
            "concurrency": model.limits.concurrency,
        },
        "route": _route(model.route),
        "aliases": list(model.aliases) or None,
        "secrets": list(model.secrets) or None,
        "depends_on": list(model.depends_on) or None,
        "internet": model.internet,
        "image": {"base": model.image.base, "max_size": _size(model.image.max_size)},
        "weights_in_image": model.weights_in_image,
        "probe": show_probe(model.probe) if model.probe else None,
        "rollout": show_rollout(model.rollout, compares=bool(model.probe or model.rollout.shadow)),
    }


def _gateway(gateway: Gateway) -> dict[str, Any]:
    limits, tls, cors = gateway.limits, gateway.tls, gateway.cors
    rate = limits.per_key or limits.per_address
    return {
        "listen": gateway.listen,
        "keys": gateway.keys,
        "issuers": [asdict(issuer) for issuer in gateway.issuers],
        "max_connections": gateway.max_connections,
        "limits": {
            "per_key": _rate(limits.per_key),
            "per_address": _rate(limits.per_address),
            "burst": rate and rate.burst,
            "concurrency": limits.concurrency,
            "tokens_per_minute": limits.tokens_per_minute,
            "tokens_per_day": limits.tokens_per_day,
        },
        "redis": gateway.redis,
        "redis_failure": gateway.redis_failure,
        "tls": tls
        and {
            "certificate": str(tls.certificate),
            "key": str(tls.key),
            "redirect_from": tls.redirect_from,
        },
        "log": {"access": gateway.log.access},
        "metrics": gateway.metrics,
        "traces": gateway.traces,
        "trace_share": gateway.trace_share,
        "cors": cors
        and {
            "origins": list(cors.origins),
            "headers": list(cors.headers) or None,
            "credentials": cors.credentials,
            "max_age": show_duration(cors.max_age),
        },
    }


def _size(count: int | None) -> str | None:
    return None if count is None else show_size(count)


def _rate(rate: Rate | None) -> str | None:
    return show_rate(rate.requests, rate.seconds) if rate else None


def _route(route: ModelRoute | None) -> str | dict[str, str] | None:
    if route is None:
        return None
    return {"path": route.path, "host": route.host} if route.host else route.path


def _batch(batch: Batch | None) -> dict[str, Any] | None:
    if batch is None:
        return None
    return {"max_size": batch.max_size, "max_delay": show_duration(batch.max_delay)}
