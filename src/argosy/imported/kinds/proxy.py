"""A proxy: nginx, Traefik, HAProxy, Caddy, Envoy.

One that leads to models alone is replaced by the gateway; any other is a companion.
"""

from __future__ import annotations

import re

from argosy.imported.service import Service

TITLE = "proxy"
PROXY = True


def recognises(service: Service) -> bool:
    """By its image."""
    return bool(
        re.search(
            r"(^|/)(nginx|nginx-unprivileged|openresty|traefik|haproxy|caddy|envoy|nginx-proxy)$",
            service.image_name,
        )
    )
