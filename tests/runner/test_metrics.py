from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from argosy_runner.metrics import Metrics


def test_what_was_counted_is_told_in_prometheus_form() -> None:
    metrics = Metrics("m", "r1", "m.r1.0")
    metrics.answered("predict", 200, 0.0005)
    metrics.answered("predict", 200, 1000)
    metrics.worker_restarts["died"] += 1
    content_type, text = metrics.text()
    assert content_type.startswith(b"text/plain")
    found = {
        (sample.name, sample.labels.get("le"), sample.labels.get("code")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }
    assert found["argosy_requests_total", None, "200"] == 2
    assert found["argosy_request_seconds_bucket", "0.001", None] == 1
    assert found["argosy_request_seconds_bucket", "600.0", None] == 1
    assert found["argosy_request_seconds_bucket", "+Inf", None] == 2
    assert found["argosy_request_seconds_count", None, None] == 2
    assert found["argosy_worker_restarts_total", None, None] == 1
    assert found["argosy_queue_depth", None, None] == 0
