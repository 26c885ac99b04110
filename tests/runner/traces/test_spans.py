from __future__ import annotations

import pytest

from argosy_runner.traces.spans import below, continued

TRACE, PARENT = b"4bf92f3577b34da6a3ce929d0e0e4736", b"00f067aa0ba902b7"


def test_a_sampled_trace_is_continued_below_its_parent() -> None:
    span = continued(b"00-%b-%b-01" % (TRACE, PARENT), "POST /predict", 5)

    assert span is not None
    assert (span.trace_id, span.parent_id) == (TRACE.decode(), PARENT.decode())
    assert (span.name, span.began, span.kind) == ("POST /predict", 5, "server")
    assert len(span.span_id) == 16
    inner = below(span, "queue", 6, 9)
    assert (inner.trace_id, inner.parent_id) == (span.trace_id, span.span_id)
    assert (inner.began, inner.ended, inner.kind) == (6, 9, "internal")


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"nonsense",
        b"00-%b-%b-00" % (TRACE, PARENT),  # not sampled
        b"00-%b-%b-02" % (TRACE, PARENT),  # another flag alone
        b"00-%b-%b-01" % (b"0" * 32, PARENT),
        b"00-%b-%b-01" % (TRACE, b"0" * 16),
        b"ff-%b-%b-01" % (TRACE, PARENT),  # no version
        b"00-%b-%b-01-more" % (TRACE, PARENT),  # this version has no more
        b"00-%b-%b-01" % (TRACE.upper(), PARENT),
        b"00-%b-%b-01\n" % (TRACE, PARENT),
    ],
)
def test_what_is_no_sampled_context_begins_nothing(header: bytes) -> None:
    assert continued(header, "POST /predict", 0) is None


def test_a_later_version_may_say_more() -> None:
    assert continued(b"01-%b-%b-01-more" % (TRACE, PARENT), "x", 0) is not None
