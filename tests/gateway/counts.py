"""What Envoy and the service of limits count, to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from argosy.gateway.gateway import Gateway
from tests.waiting import PATIENCE

IN_FLIGHT = 'envoy_http_downstream_rq_active{envoy_http_conn_manager_prefix="gateway"}'
AT_REPLICAS = 'envoy_cluster_upstream_rq_active{envoy_cluster_name="digits_r1"}'
LEFT_ALONE = 'envoy_cluster_outlier_detection_ejections_active{envoy_cluster_name="digits_r1"}'
CONNECTIONS = 'envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix="gateway"}'
IN_FLIGHT_OF_LIMITS = "argosy_limits_in_flight"


async def until_statistic(gateway: Gateway, name: str, value: int) -> None:
    """Wait until Envoy counts this, by its name in Prometheus's form."""
    await until_counted(gateway.stats, name, value)


async def until_counted(metrics: Callable[[], Awaitable[str]], name: str, value: int) -> None:
    """Wait until these metrics, in Prometheus's form, say so."""
    async with asyncio.timeout(PATIENCE):
        while f"{name} {value}" not in (await metrics()).splitlines():  # noqa: ASYNC110  another process tells no event
            await asyncio.sleep(0.01)
