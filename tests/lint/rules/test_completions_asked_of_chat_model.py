from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI308"
URL = "http://localhost:8000/v1/completions"


def asked(model: str, body: str = "", url: str = URL) -> str:
    test = f'healthcheck:\n  test: ["CMD", "curl", "-f", "{url}"{body}]'
    return vllm(f"command: --model {model}\n{test}")


def test_the_old_endpoint_is_told_for_a_chat_model(tmp_path: Path) -> None:
    files = {"compose.yaml": asked("mistralai/Mistral-7B-Instruct-v0.3")}
    report = lint_files(tmp_path, files, CODE)
    assert lines(report) == [("compose.yaml", 6)]
    column = report.found[0].column
    assert files["compose.yaml"].splitlines()[5][column - 1 :].startswith("/v1/completions")


def test_the_model_in_the_question_counts_too(tmp_path: Path) -> None:
    body = """, "-d", '{"model": "qwen2.5-7b-instruct", "prompt": "2+2="}'"""
    assert lint_files(tmp_path, {"compose.yaml": asked("/models/m", body)}, CODE).found


@pytest.mark.parametrize("model", ["bigcode/starcoder2-7b", "/models/base"])
def test_a_model_for_completions_may_be_asked_for_them(tmp_path: Path, model: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": asked(model)}, CODE).found


def test_the_new_endpoint_is_fine(tmp_path: Path) -> None:
    url = "http://localhost:8000/v1/chat/completions"
    text = asked("org/m-instruct", url=url)
    assert not lint_files(tmp_path, {"compose.yaml": text}, CODE).found


def test_a_program_of_the_image_that_the_check_runs_is_read(tmp_path: Path) -> None:
    probe = f"""
        # not "/v1/completions"
        import urllib.request as u
        u.urlopen("{URL}", b'{{"model": "org/m-instruct", "prompt": "a"}}')
        """
    files = {
        "Dockerfile": """
            FROM vllm/vllm-openai:v0.11.0
            COPY probe.py other.py /
            HEALTHCHECK CMD ["python3", "/probe.py"]
            """,
        "probe.py": probe,
        "other.py": probe,
    }
    assert lines(lint_files(tmp_path, files, CODE)) == [("probe.py", 3)]


def test_the_check_of_an_image_is_read(tmp_path: Path) -> None:
    dockerfile = f"""
        FROM vllm/vllm-openai:v0.11.0
        HEALTHCHECK CMD curl -f {URL}
        CMD ["--model", "org/m-instruct"]
        """
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, CODE)) == [("Dockerfile", 2)]


def test_the_address_is_mended_where_no_question_stands_beside_it(tmp_path: Path) -> None:
    lint_files(tmp_path, {"compose.yaml": asked("org/m-instruct")})
    new = asked("org/m-instruct", url="http://localhost:8000/v1/chat/completions")
    assert mended(tmp_path, CODE) == {"compose.yaml": new}


def test_a_prompt_would_be_refused_there_so_nothing_is_edited(tmp_path: Path) -> None:
    text = asked("org/m-instruct", """, "-d", '{"prompt": "a"}'""")
    lint_files(tmp_path, {"compose.yaml": text})
    assert mended(tmp_path, CODE) == {"compose.yaml": text}
