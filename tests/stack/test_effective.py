from __future__ import annotations

import json

from argosy.stack.effective import effective
from argosy.stack.schema import shapes
from tests.stack.conftest import Parse


def test_every_key_of_the_file_is_shown_with_its_effective_value(stack: Parse) -> None:
    text = "models: {a: {code: code, batch: {max_size: 8}, resources: {memory: 1GiB}}}"
    shown = effective(stack(text))
    model = shown["models"]["a"]
    assert json.loads(json.dumps(shown)) == shown
    gateway = shown["gateway"]
    parts = {
        (): shown,
        ("gateway",): gateway,
        ("gateway", "log"): gateway["log"],
        ("models", "<name>"): model,
    }
    for path, shape in shapes().items():
        assert set(parts.get(path) or model[path[-1]]) == set(shape.model_fields)
    assert model["timeout"] == "30s"
    assert model["resources"] == {"cpus": None, "memory": "1GiB"}
    assert model["batch"] == {"max_size": 8, "max_delay": "0s"}
    assert gateway == {
        "listen": "127.0.0.1:8080",
        "keys": "none",
        "issuers": [],
        "log": {"access": "file"},
        "metrics": None,
        "traces": None,
        "trace_share": 1.0,
    }


def test_effective_values_read_back_as_the_same_stack(stack: Parse) -> None:
    read = stack("models: {a: {code: code, timeout: 90s, resources: {cpus: 2}}}")
    assert stack(json.dumps(_given(effective(read)))) == read


def _given(value: object) -> object:
    if isinstance(value, dict):
        return {key: _given(item) for key, item in value.items() if item is not None}
    return value
