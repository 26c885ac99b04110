"""How much a model's replicas may be asked at once, and when one is left alone. No I/O here.

The fields are those of Envoy's `CircuitBreakers` and `OutlierDetection`.
"""

from __future__ import annotations

from typing import Any

UNLIMITED = 1_000_000
FEWEST_RETRIES = 256  # at once, however little is asked of the model
FAILURES_IN_A_ROW = 5
EJECTED_SECONDS = 5
LONGEST_EJECTED_SECONDS = 30
NEVER_ALL = 99  # percent; one ejection more would have to be within it
# Percent. Where all that are left are ejected, since others went, they are asked nevertheless. It
# would count for replicas published as draining too, so those are taken out instead.
PANIC = 1


def circuit_breakers(most_requests: int | None) -> dict[str, Any]:
    """Beyond ``most_requests`` in flight, waiting ones included, a request is refused at once.

    Connections have no limit: over HTTP/1 there is one for each request. What awaits a connection
    counts as pending and not as a request, so both have the limit. Beyond a few hundred, at most as
    many requests are tried again at a time as there are others, so that an outage asks replicas
    twice and not four times as much. The few hundred are for two replicas of which one dies: a
    burst does not divide evenly, and more than half of it may have been the dead one's.
    """
    most = UNLIMITED if most_requests is None else most_requests
    return {
        "thresholds": [
            {
                "max_connections": UNLIMITED,
                "max_pending_requests": most,
                "max_requests": most,
                "retry_budget": {
                    "budget_percent": {"value": 100},
                    "min_retry_concurrency": FEWEST_RETRIES,
                },
            }
        ]
    }


def outlier_detection() -> dict[str, Any]:
    """A replica that fails time after time gets no requests for a few seconds; never all of them.

    Failures are connections that cannot be made or break off, and answers of 502, 503 and 504.
    Other errors say something about the request rather than about the replica.
    """
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": FAILURES_IN_A_ROW,
        "consecutive_gateway_failure": FAILURES_IN_A_ROW,
        "enforcing_consecutive_gateway_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "enforcing_success_rate": 0,
        "enforcing_local_origin_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": f"{EJECTED_SECONDS}s",
        "max_ejection_time": f"{LONGEST_EJECTED_SECONDS}s",
        "max_ejection_percent": NEVER_ALL,
    }
