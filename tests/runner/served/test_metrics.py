from __future__ import annotations

import pytest

from argosy_runner.engines import llama_cpp, vllm
from argosy_runner.served import metrics

LABELS = {"model": "chat", "revision": "r1", "replica": "chat.r1.1"}

VLLM = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="chat"} 2.0
vllm:num_requests_running{engine="1",model_name="chat"} 1.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="chat"} 4.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="chat"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="chat"} 0.5
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="chat"} 5.0
# TYPE vllm:prompt_tokens_created gauge
vllm:prompt_tokens_created{engine="0",model_name="chat"} 1.795e+09
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="chat"} 9.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="chat"} 3.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="chat"} 2.0
vllm:request_success_total{engine="0",finished_reason="abort",model_name="chat"} 1.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.01",model_name="chat"} 1.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="chat"} 2.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="chat"} 2.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="chat"} 0.03
"""
OURS = """\
# HELP argosy_in_flight Requests being answered
# TYPE argosy_in_flight gauge
argosy_in_flight{model="chat",replica="chat.r1.1",revision="r1"} 3.0
# HELP argosy_queue_depth Requests that wait in the engine
# TYPE argosy_queue_depth gauge
argosy_queue_depth{model="chat",replica="chat.r1.1",revision="r1"} 4.0
# HELP argosy_kv_cache_usage_ratio Part of the cache of keys and values that is in use
# TYPE argosy_kv_cache_usage_ratio gauge
argosy_kv_cache_usage_ratio{model="chat",replica="chat.r1.1",revision="r1"} 0.5
# HELP argosy_tokens_total Tokens read (in) and generated (out)
# TYPE argosy_tokens_total counter
argosy_tokens_total{direction="in",model="chat",replica="chat.r1.1",revision="r1"} 5.0
argosy_tokens_total{direction="out",model="chat",replica="chat.r1.1",revision="r1"} 9.0
# HELP argosy_requests_total Requests answered
# TYPE argosy_requests_total counter
argosy_requests_total{code="200",model="chat",protocol="openai",replica="chat.r1.1",revision="r1"} 5.0
argosy_requests_total{code="499",model="chat",protocol="openai",replica="chat.r1.1",revision="r1"} 1.0
# HELP argosy_time_to_first_token_seconds Time from a request to its first token
# TYPE argosy_time_to_first_token_seconds histogram
argosy_time_to_first_token_seconds_bucket{le="0.01",model="chat",replica="chat.r1.1",revision="r1"} 1.0
argosy_time_to_first_token_seconds_bucket{le="+Inf",model="chat",replica="chat.r1.1",revision="r1"} 2.0
argosy_time_to_first_token_seconds_count{model="chat",replica="chat.r1.1",revision="r1"} 2.0
argosy_time_to_first_token_seconds_sum{model="chat",replica="chat.r1.1",revision="r1"} 0.03
"""  # noqa: E501


def test_vllm_s_families_become_ours_and_stay_what_they_are() -> None:
    families = metrics.mapped(VLLM, vllm.METRICS, LABELS)
    content_type, body = metrics.exposition(families, VLLM)
    assert content_type == b"text/plain; version=0.0.4; charset=utf-8"
    assert body.decode() == OURS + VLLM


@pytest.mark.parametrize("name", ["kv_cache_usage_perc", "gpu_cache_usage_perc"])
def test_the_old_and_the_new_name_of_the_cache_s_use_are_understood(name: str) -> None:
    text = f"# TYPE vllm:{name} gauge\nvllm:{name} 0.25\n"
    (family,) = metrics.mapped(text, vllm.METRICS, LABELS)
    assert (family.name, family.samples[0].value) == ("argosy_kv_cache_usage_ratio", 0.25)


def test_of_two_names_for_the_same_the_newer_counts() -> None:
    text = "".join(
        f"# TYPE vllm:{name} gauge\nvllm:{name} {value}\n"
        for name, value in (("gpu_cache_usage_perc", 0.1), ("kv_cache_usage_perc", 0.2))
    )
    (family,) = metrics.mapped(text, vllm.METRICS, LABELS)
    assert [sample.value for sample in family.samples] == [0.2]


def test_llama_server_s_names_are_understood() -> None:
    text = (
        "# TYPE llamacpp:prompt_tokens_total counter\nllamacpp:prompt_tokens_total 7\n"
        "# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing 1\n"
        "# TYPE llamacpp:requests_deferred gauge\nllamacpp:requests_deferred 2\n"
    )
    families = metrics.mapped(text, llama_cpp.METRICS, LABELS)
    assert [family.name for family in families] == [
        "argosy_in_flight",
        "argosy_queue_depth",
        "argosy_tokens",
    ]
    assert metrics.busy(families) == 3


def test_what_is_not_prometheus_text_has_no_families_and_is_not_busy() -> None:
    families = metrics.mapped('{"metrics": "none"}', vllm.METRICS, LABELS)
    assert families == []
    assert metrics.busy(families) is None


def test_the_end_of_an_openmetrics_text_is_no_end_of_ours() -> None:
    _, body = metrics.exposition([], "a 1\n# EOF\n")
    assert body == b"a 1\n"
