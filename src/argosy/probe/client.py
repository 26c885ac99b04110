"""An HTTP client for one replica, wherever it runs."""

from __future__ import annotations

import httpx


def client(address: str, timeout: float | None = None) -> httpx.AsyncClient:
    """For the replica at ``unix:/path`` or ``host:port``; ``timeout`` is in seconds.

    Nothing is verified on the way to a replica, and reading who could be trusted takes 25 ms.
    """
    if address.startswith("unix:"):
        transport = httpx.AsyncHTTPTransport(uds=address.removeprefix("unix:"), verify=False)
        base = "http://replica"
    else:
        transport, base = httpx.AsyncHTTPTransport(verify=False), f"http://{address}"
    return httpx.AsyncClient(transport=transport, base_url=base, timeout=timeout)
