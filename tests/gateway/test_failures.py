from __future__ import annotations

from dataclasses import replace

from argosy.gateway.resources.authentication import REFUSALS
from argosy.gateway.resources.failures import FAILURES, OVER_LIMIT_DETAILS, Form, local_replies
from argosy.gateway.resources.replies import header

CEL = "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
FORM = Form(
    "shop",
    failed=lambda detail: {"json_format": {"failed": detail}},
    refused=lambda detail: {"json_format": {"refused": detail}},
    too_many=lambda detail: {"json_format": {"too many": detail}},
    too_many_headers=(("grpc-status", "8"),),
)


def _expression(text: str) -> dict[str, object]:
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {"@type": CEL, "expression": text},
        }
    }


HERE = _expression("xds.route_metadata.filter_metadata.argosy.form == 'shop'")
DIRECT = _expression("response.code_details == 'direct_response'")
RETRY = {
    "header": {"key": "retry-after", "value": "1"},
    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
}


def test_a_form_has_a_reply_for_each_failure_on_its_entries() -> None:
    mappers = local_replies((FORM,))["mappers"][1 : len(FAILURES) + len(REFUSALS) + 8]
    told = mappers[:1] + mappers[len(REFUSALS) + 1 :]
    direct, of_tokens, half_told, of_requests, too_large, *failures, too_many, refused = told

    kept = {"inline_string": "%LOCAL_REPLY_BODY%"}
    assert direct == {
        "filter": {"and_filter": {"filters": [HERE, DIRECT]}},
        "body_format_override": {"text_format_source": kept, "content_type": "application/json"},
    }
    over = _expression(f"response.code_details in {list(OVER_LIMIT_DETAILS)}")
    tokens = _expression("response.headers['x-argosy-limit'].contains('.tokens_per_')")
    limited = "over the limit %RESP(x-argosy-limit)%. Try again in %RESP(retry-after)% s."
    assert of_tokens == {
        "filter": {"and_filter": {"filters": [HERE, over, tokens]}},
        "body_format_override": {"json_format": {"refused": f"Too many tokens: {limited}"}},
    }
    requests = {"json_format": {"refused": f"Too many requests: {limited}"}}
    some = _expression("'x-ratelimit-limit' in response.headers")
    assert half_told == {
        "filter": {"and_filter": {"filters": [HERE, over, some]}},
        "body_format_override": requests,
        "headers_to_add": [
            {
                "header": {"key": "x-ratelimit-reset", "value": "%RESP(retry-after)%"},
                "append_action": "ADD_IF_ABSENT",
            }
        ],
    }
    assert of_requests == {
        "filter": {"and_filter": {"filters": [HERE, over]}},
        "body_format_override": requests,
    }
    status = {"default_value": 507, "runtime_key": "argosy.unused"}
    equal = {"status_code_filter": {"comparison": {"op": "EQ", "value": status}}}
    detail = "The replica was lost, and the request is too large to be tried again."
    assert too_large == {
        "filter": {"and_filter": {"filters": [HERE, equal]}},
        "status_code": 503,
        "body_format_override": {"json_format": {"failed": detail}},
        "headers_to_add": [RETRY],
    }
    assert failures[2] == {
        "filter": {"and_filter": {"filters": [HERE, {"response_flag_filter": {"flags": ["UH"]}}]}},
        "body_format_override": {"json_format": {"failed": "No replica is ready."}},
        "headers_to_add": [RETRY],
    }
    assert len(failures) == len(FAILURES)
    assert too_many["status_code"] == 429
    assert too_many["headers_to_add"] == [RETRY, header("grpc-status", "8")]
    assert refused == {
        "filter": HERE,
        "body_format_override": {"json_format": {"refused": "%LOCAL_REPLY_BODY%"}},
    }


def test_without_a_form_a_failure_is_a_problem() -> None:
    made = local_replies(())

    assert made["body_format"]["content_type"] == "application/problem+json"
    assert made["body_format"]["json_format"]["detail"] == "%LOCAL_REPLY_BODY%"
    assert len(made["mappers"]) == len(FAILURES) + len(REFUSALS) + 8


def test_who_may_not_call_is_told_why_with_the_code_of_the_form() -> None:
    coded = replace(FORM, coded=lambda detail, code: {"json_format": {code: detail}})
    _, *refusals = local_replies((coded,))["mappers"][1 : len(REFUSALS) + 2]

    expired = "response.code_details.startsWith('jwt_authn_access_denied{Jwt_is_expired')"
    bearer = {"key": "www-authenticate", "value": "Bearer"}
    assert refusals[1] == {
        "filter": {"and_filter": {"filters": [HERE, _expression(expired)]}},
        "body_format_override": {"json_format": {"invalid_api_key": "The key has expired."}},
        "headers_to_add": [{"header": bearer, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}],
        "status_code": 401,
    }
    assert [one["status_code"] for one in refusals] == [401, 401, 503, 401, 401, 403]
