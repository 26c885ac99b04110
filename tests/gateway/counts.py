"""What Envoy counts, to wait for."""

from __future__ import annotations

import asyncio

from argosy.gateway.gateway import Gateway

IN_FLIGHT = 'envoy_http_downstream_rq_active{envoy_http_conn_manager_prefix="gateway"}'
AT_REPLICAS = 'envoy_cluster_upstream_rq_active{envoy_cluster_name="digits_r1"}'
LEFT_ALONE = 'envoy_cluster_outlier_detection_ejections_active{envoy_cluster_name="digits_r1"}'
CONNECTIONS = 'envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix="gateway"}'


async def until_statistic(gateway: Gateway, name: str, value: int) -> None:
    """Wait until Envoy counts this, by its name in Prometheus's form."""
    async with asyncio.timeout(30):
        while f"{name} {value}\n" not in await gateway.stats():  # noqa: ASYNC110  Envoy's state
            await asyncio.sleep(0.01)
