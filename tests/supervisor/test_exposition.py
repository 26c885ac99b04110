from __future__ import annotations

from argosy.supervisor.exposition import merge

FIRST = """\
# HELP argosy_requests_total Requests answered
# TYPE argosy_requests_total counter
argosy_requests_total{replica="a"} 1
# HELP argosy_queue_seconds Time
# TYPE argosy_queue_seconds histogram
argosy_queue_seconds_bucket{le="+Inf",replica="a"} 2
argosy_queue_seconds_count{replica="a"} 2
"""
SECOND = FIRST.replace('"a"', '"b"') + "# a remark\nuntold 3\n# EOF\n"


def test_a_family_of_many_texts_stands_in_one_piece() -> None:
    assert (
        merge([FIRST, SECOND])
        == """\
# HELP argosy_requests_total Requests answered
# TYPE argosy_requests_total counter
argosy_requests_total{replica="a"} 1
argosy_requests_total{replica="b"} 1
# HELP argosy_queue_seconds Time
# TYPE argosy_queue_seconds histogram
argosy_queue_seconds_bucket{le="+Inf",replica="a"} 2
argosy_queue_seconds_count{replica="a"} 2
argosy_queue_seconds_bucket{le="+Inf",replica="b"} 2
argosy_queue_seconds_count{replica="b"} 2
untold 3
"""
    )


def test_what_is_told_first_of_a_family_counts() -> None:
    other = "# HELP argosy_requests_total Other words\n# TYPE argosy_requests_total gauge\n"
    merged = merge([FIRST, other + 'argosy_requests_total{replica="b"} 1\n'])
    assert "Other words" not in merged
    assert "gauge" not in merged
    assert merged.count("# TYPE argosy_requests_total") == 1


def test_a_family_without_samples_is_left_out() -> None:
    assert merge(["# HELP nothing At all\n# TYPE nothing gauge\n"]) == ""
