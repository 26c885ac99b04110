"""Every value of a stack, defaults included, as the stack file would write it. No I/O here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from argosy.stack.model import Batch, Gateway, Model, Stack
from argosy.stack.units import show_duration, show_size


def effective(stack: Stack) -> dict[str, Any]:
    """The stack as plain data for JSON; the keys are those of the stack file."""
    return {
        "name": stack.name,
        "platform": stack.platform,
        "models": {model.name: effective_model(model) for model in stack.models},
        "gateway": _gateway(stack.gateway),
    }


def _gateway(gateway: Gateway) -> dict[str, Any]:
    return {
        "listen": gateway.listen,
        "keys": gateway.keys,
        "issuers": [asdict(issuer) for issuer in gateway.issuers],
        "log": {"access": gateway.log.access},
        "metrics": gateway.metrics,
        "traces": gateway.traces,
        "trace_share": gateway.trace_share,
    }


def effective_model(model: Model) -> dict[str, Any]:
    """One model, without its name."""
    memory = model.resources.memory
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
            "cpus": model.resources.cpus,
            "memory": None if memory is None else show_size(memory),
        },
        "batch": _batch(model.batch),
        "queue": model.queue,
        "timeout": show_duration(model.timeout),
        "start_timeout": show_duration(model.start_timeout),
        "drain": show_duration(model.drain),
        "env": dict(model.env),
    }


def _batch(batch: Batch | None) -> dict[str, Any] | None:
    if batch is None:
        return None
    return {"max_size": batch.max_size, "max_delay": show_duration(batch.max_delay)}
