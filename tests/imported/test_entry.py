from __future__ import annotations

import pytest

from tests.imported.conftest import Import

MODEL = "{image: vllm/vllm-openai, command: a/b, ports: [%s]}"


@pytest.mark.parametrize(
    ("services", "listen"),
    [
        (f"a: {MODEL % '8000:8000'}", "127.0.0.1:8000"),
        (f"a: {MODEL % '0.0.0.0:9000:8000'}", "127.0.0.1:9000"),
        (f"a: {MODEL % '{target: 8000, published: 8001}'}", "127.0.0.1:8001"),
        (f"a: {MODEL % '8000'}", "127.0.0.1:8080"),
        (f"a: {MODEL % '8000:8000'}, b: {MODEL % '8001:8000'}", "127.0.0.1:8080"),
        (f"a: {MODEL % ''}, b: {{image: w, ports: ['8080:80']}}", "127.0.0.1:8081"),
        (
            (
                f"a: {MODEL % '8000:8000'}, "
                "p: {image: nginx, ports: ['443:443', '80:80'], depends_on: [a]}"
            ),
            "127.0.0.1:80",
        ),
    ],
)
def test_the_gateway_listens_where_callers_came_to(
    services: str, listen: str, imported: Import
) -> None:
    assert imported(text=f"services: {{{services}}}").values["gateway"]["listen"] == listen


def test_that_others_could_call_is_said(imported: Import) -> None:
    notes = imported(text=f"services: {{a: {MODEL % '8000:8000'}}}").notes("services.a.ports.0")
    assert "for this machine alone; for others listen on 0.0.0.0, where keys are needed" in notes[0]
