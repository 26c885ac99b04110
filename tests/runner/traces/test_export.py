from __future__ import annotations

import time

import pytest

from argosy_runner.traces import export
from argosy_runner.traces.export import Exporter
from argosy_runner.traces.spans import Span
from tests.collector import collecting
from tests.waiting import until

TRACE = "a" * 32


def a_span(name: str = "queue") -> Span:
    span = Span(name, TRACE, "b" * 16, 1)
    span.ended = 2
    return span


def test_spans_are_sent_with_all_that_they_say() -> None:
    span = a_span()
    span.values = {"text": "ü", "whole": 3, "part": 0.5, "so": True}
    span.failure = "it failed"
    with collecting() as collector:
        exporter = Exporter(collector.address, {"service.name": "digits"})
        exporter.take([span])
        exporter.close()

    (sent,) = collector.spans
    assert (sent.service, sent.name, sent.failed) == ("digits", "queue", True)
    assert (sent.trace_id, sent.span_id, sent.parent_id) == (TRACE, span.span_id, "b" * 16)
    assert (sent.began, sent.ended) == (1, 2)
    assert sent.values == {"text": "ü", "whole": 3, "part": 0.5, "so": True}
    assert exporter.counts() == {"sent": 1, "dropped": 0}


def test_what_is_over_is_sent_within_seconds() -> None:
    with collecting() as collector:
        exporter = Exporter(collector.address, {"service.name": "digits"})
        for name in ("one", "two"):  # the second over the same connection
            exporter.take([a_span(name)])
            collector.trace(TRACE, name)
        exporter.close()


def test_a_collector_that_refuses_costs_the_spans_and_no_more() -> None:
    with collecting() as collector:
        collector.refusing = True
        exporter = Exporter(collector.address, {"service.name": "digits"})
        exporter.take([a_span()])
        until(lambda: exporter.counts()["dropped"], "it is counted")
        collector.refusing = False
        exporter.take([a_span("later")])
        collector.trace(TRACE, "later")
        exporter.close()
        assert exporter.counts() == {"sent": 1, "dropped": 1}


def test_a_collector_that_is_away_is_found_again() -> None:
    with collecting() as first:
        exporter = Exporter(first.address, {"service.name": "digits"})
        exporter.take([a_span()])
        first.trace(TRACE, "queue")
    exporter.take([a_span("lost")])
    until(lambda: exporter.counts()["dropped"], "it is counted")
    port = int(first.address.rpartition(":")[2])
    with collecting(port) as second:
        exporter.take([a_span("found")])
        second.trace(TRACE, "found")
    exporter.close()


@pytest.mark.alone
def test_more_than_can_wait_is_dropped_and_counted_at_once() -> None:
    with collecting() as collector:
        exporter = Exporter(collector.address, {"service.name": "digits"})
        began = time.perf_counter()
        exporter.take([a_span()] * (3 * export.MOST_WAITING))
        taken = time.perf_counter() - began
        exporter.close()

    counts = exporter.counts()
    assert counts["sent"] + counts["dropped"] == 3 * export.MOST_WAITING
    assert counts["dropped"] >= export.MOST_WAITING
    assert len(collector.spans) == counts["sent"]
    assert taken < 1
