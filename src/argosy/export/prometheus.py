"""``prometheus.yml``: every replica of every model is asked for its metrics. No I/O here.

Docker's DNS tells the containers of a service, so replicas that come and go need no edit.
"""

from __future__ import annotations

from typing import Any

from argosy.images import layout
from argosy.stack.model import Stack

IMAGE = "prom/prometheus:v3.5.3"
PORT = 9090


def configuration(stack: Stack) -> dict[str, Any]:
    """The file as data; a job for each model, in the order of their names."""
    names = sorted(model.name for model in stack.models)
    return {
        "global": {"scrape_interval": "15s", "scrape_timeout": "10s"},
        "scrape_configs": [_job(name) for name in names],
    }


def _job(name: str) -> dict[str, Any]:
    found = {"names": [name], "type": "A", "port": layout.HTTP_PORT, "refresh_interval": "5s"}
    return {"job_name": name, "dns_sd_configs": [found]}
