from __future__ import annotations

import json

from argosy.rollout.redaction import REDACTED, readable, redacted


def test_a_field_is_redacted_wherever_it_occurs() -> None:
    body = {"user": "Ann", "more": [{"user": {"name": "Ann"}, "age": 3}]}
    assert redacted(body, ["user"]) == {"user": REDACTED, "more": [{"user": REDACTED, "age": 3}]}


def test_a_path_means_what_stands_right_below_lists_between_do_not_count() -> None:
    body = {"messages": [{"role": "user", "content": ["secret"]}], "content": "open"}
    assert redacted(body, ["messages.content"]) == {
        "messages": [{"role": "user", "content": REDACTED}],
        "content": "open",
    }


def test_events_are_redacted_one_by_one() -> None:
    stream = b'event: x\ndata: {"a": 1, "user": "Ann"}\n\ndata: [DONE]\n\n'
    assert readable(stream, ["user"]) == [{"a": 1, "user": REDACTED}]


def test_what_is_no_json_is_not_shown_where_something_is_to_be_redacted() -> None:
    cut = json.dumps({"user": "Ann"}).encode()[:-1]
    assert readable(cut, ["user"]) == REDACTED
    assert readable(b"plain text", ["user"]) == REDACTED
    assert readable(b"plain text", []) == "plain text"
    assert readable(b"", ["user"]) is None
    assert readable(b"[]", ["user"]) == []
