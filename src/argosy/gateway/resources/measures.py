"""What Envoy measures of every request for `argosy.gateway.metrics`, per model. No I/O here.

Envoy's stats logger counts when a request is over, on the thread that served it, in memory alone:
no process is told, nothing can be dropped, and a request never waits for it. Its labels are values
of ours and status codes, so a caller cannot make new series.
"""

from __future__ import annotations

import json
from typing import Any

from argosy.gateway.resources.entries import METADATA, STREAM, TYPE, Resource

PREFIX = "argosy"
REQUESTS, REQUEST_TIME, FIRST_TOKEN_TIME = "requests", "request_time", "first_token_time"
# One label for both, since Envoy puts the name of a series together for every request: the cluster
# of a revision, as `revisions` calls it, or the model alone where nobody was asked.
OF = "of"
CLUSTER = "UPSTREAM_CLUSTER_RAW"
MODEL = {"command": "METADATA", "param": f"ROUTE:{METADATA}:model"}
LABELS = {OF: f"%COALESCE({json.dumps({'operators': [CLUSTER, MODEL]})})%"}
CODE = {"code": "%RESPONSE_CODE%"}
WHOLE = "%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%"
FIRST_PIECE = "%COMMON_DURATION(DS_RX_BEG:US_RX_BODY_BEG:us)%"
IS_STREAM = "response.headers['content-type'].startsWith('text/event-stream')"
MOST_COUNTERS, MOST_HISTOGRAMS = (
    20_000,
    2_000,
)  # of models, revisions and codes; Envoy counts the rest
BOUNDS_MICROSECONDS = (
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000,
    120_000_000, 300_000_000, 600_000_000,
)  # fmt: skip


def loggers() -> list[Resource]:
    """Of all requests their number and duration, of streams also the time to their first event."""
    counter = {"stat": _stat(REQUESTS, LABELS | CODE), "value_fixed": 1}
    whole = _histogram(REQUEST_TIME, WHOLE)
    first = _histogram(FIRST_TOKEN_TIME, FIRST_PIECE)
    stream = {"and_filter": {"filters": [_may_stream(), _expression(IS_STREAM)]}}
    return [
        _logger({"counters": [counter]}),
        {**_logger({"histograms": [whole]}), "filter": _not_given_up()},
        {**_logger({"histograms": [first]}), "filter": stream},
    ]


def bucket_settings() -> list[Resource]:
    """The bounds of our histograms, for Envoy's bootstrap: those of a replica's."""
    return [
        {
            "match": {"contains": f"{PREFIX}.{name}"},
            "buckets": list(BOUNDS_MICROSECONDS),
        }
        for name in (REQUEST_TIME, FIRST_TOKEN_TIME)
    ]


def _histogram(name: str, value: str) -> Resource:
    return {"stat": _stat(name, LABELS), "unit": "Microseconds", "value_format": value}


def _stat(name: str, labels: dict[str, str]) -> Resource:
    tags = [{"name": label, "value_format": value} for label, value in labels.items()]
    return {"name": name, "tags": tags}


def _logger(config: dict[str, Any]) -> Resource:
    """As a TypedStruct: the classes that we have lack the scope, by which series are bounded."""
    kind = f"{TYPE}access_loggers.stats.v3.Config"
    scope = {"prefix": PREFIX, "max_counters": MOST_COUNTERS, "max_histograms": MOST_HISTOGRAMS}
    typed = {
        "@type": "type.googleapis.com/xds.type.v3.TypedStruct",
        "type_url": kind,
        "value": {"stats_scope": scope, **config},
    }
    return {"name": "envoy.access_loggers.stats", "typed_config": typed}


def _not_given_up() -> Resource:
    """A request whose caller left before an answer has no end to measure."""
    return {
        "status_code_filter": {
            "comparison": {
                "op": "GE",
                "value": {"default_value": 100, "runtime_key": "argosy.unused"},
            }
        }
    }


def _may_stream() -> Resource:
    """What a body said that was read; to look at the answer takes a CEL expression, and longer.

    Some engines take 1 or "true" for true.
    """
    every_number = {"range": {"start": -1e300, "end": 1e300}}
    perhaps = [
        {"bool_match": True},
        {"double_match": every_number},
        {"string_match": {"safe_regex": {"regex": ".*"}}},
    ]
    matcher = {
        "filter": METADATA,
        "path": [{"key": STREAM}],
        "value": {"or_match": {"value_matchers": perhaps}},
    }
    return {"metadata_filter": {"matcher": matcher, "match_if_key_not_found": True}}


def _expression(text: str) -> Resource:
    kind = "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {"@type": kind, "expression": text},
        }
    }
