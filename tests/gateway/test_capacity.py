from __future__ import annotations

from envoy.config.cluster.v3 import circuit_breaker_pb2, outlier_detection_pb2
from google.protobuf import json_format

from argosy.gateway.resources.capacity import circuit_breakers, outlier_detection


def test_waiting_for_a_connection_counts_as_much_as_being_in_flight() -> None:
    """Envoy counts a request that awaits a connection as pending, and refuses beyond 1024."""
    (threshold,) = circuit_breakers(9)["thresholds"]

    assert threshold["max_pending_requests"] == threshold["max_requests"] == 9
    assert threshold["max_connections"] == 1_000_000


def test_without_a_bound_there_is_one_that_nobody_meets() -> None:
    (threshold,) = circuit_breakers(None)["thresholds"]

    assert threshold["max_requests"] == 1_000_000


def test_one_replica_of_a_hundred_always_stays() -> None:
    """Envoy compares the share that would be ejected then with the most that may be."""
    most = outlier_detection()["max_ejection_percent"]

    for replicas in range(1, 101):
        assert 100 * (replicas - 1) / replicas <= most < 100


def test_they_are_messages_of_envoy() -> None:
    json_format.ParseDict(circuit_breakers(3), circuit_breaker_pb2.CircuitBreakers())
    json_format.ParseDict(outlier_detection(), outlier_detection_pb2.OutlierDetection())
