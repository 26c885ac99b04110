from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lint_files


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ("3  # image:", "services: this is no mapping of services"),
        ("\n  llm: vllm/vllm-openai\n  web: {image: nginx}", "services.llm: this is no mapping"),
        ("\n  llm: [image]\n  web: {image: nginx}", "services.llm: this is no mapping"),
        ("\n  llm:\n  web: {image: nginx}", ""),
        ("{}", ""),
    ],
)
def test_what_stands_where_services_belong_is_told(
    tmp_path: Path, services: str, said: str
) -> None:
    report = lint_files(tmp_path, {"compose.yaml": f"name: x\nservices: {services}\n"})
    assert [said in str(one) for one in report.problems] == ([True] if said else [])
