from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files

RULE = "AI103"
TORCH = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\n"


@pytest.mark.parametrize(
    "run",
    [
        "hf download org/model",
        "pip install huggingface-hub && huggingface-cli download org/model --local-dir /m",
        "hf download org/model model.safetensors",
        "hf download org/model --exclude '*.json'",
        "git lfs install && git clone https://huggingface.co/org/model",
        "git lfs pull",
        "ollama serve & sleep 5 && ollama pull llama3.2",
        "wget -q https://example.org/a/llama.gguf",
        "curl -L https://huggingface.co/org/model/resolve/main/model -o /m/model",
        "aws s3 sync s3://bucket/models/churn /m",
        "gsutil cp gs://bucket/churn.pkl /m/",
        "dvc pull",
        "text-generation-server download-weights org/model",
        "python -m spacy download de_core_news_lg",
        "python download_models.py",
        "python3 -c \"from transformers import AutoModel; AutoModel.from_pretrained('a/b')\"",
        "python -c 'from huggingface_hub import snapshot_download as fetch; fetch(\"a/b\")'",
        "python -c 'import whisper; whisper.load_model(\"base\")'",
        "sh -c 'hf download org/model'",
        "python scripts/fetch.py",
    ],
)
def test_a_download_of_weights_is_found(tmp_path: Path, run: str) -> None:
    files = {
        "Dockerfile": f"{TORCH}COPY scripts scripts\nRUN {run}\n",
        "scripts/fetch.py": "from huggingface_hub import snapshot_download\n"
        "snapshot_download('org/model')\n",
    }
    report = lint_files(tmp_path, files, RULE)
    assert lines(report) == [("Dockerfile", 4)]
    assert report.found[0].severity == "error"


@pytest.mark.parametrize(
    "run",
    [
        "curl -fsSL https://ollama.com/install.sh | sh",
        "hf download org/model tokenizer.json config.json",
        "hf download --repo-type dataset org/set",
        "git clone https://github.com/org/server",
        "aws s3 cp s3://bucket/models/labels.json /m/",
        "aws s3 sync s3://bucket/assets /srv",
        "python -m spacy download en_core_web_sm",
        "python setup.py install",
        "echo hf download org/model > /usr/local/bin/fetch",
        "wget https://example.org/app.tar.gz",
        "python -c 'import torch'",
    ],
)
def test_what_is_small_or_no_model_is_let_be(tmp_path: Path, run: str) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": f"{TORCH}RUN {run}\n"}, RULE)) == []


def test_a_download_in_a_heredoc_and_in_a_stage_that_is_copied_from_is_found(
    tmp_path: Path,
) -> None:
    dockerfile = """
        FROM python:3.12 AS models
        RUN hf download org/model --local-dir /m
        FROM python:3.12-slim
        RUN <<EOF python
        from transformers import pipeline
        pipeline("sentiment-analysis")
        EOF
        RUN pip install torch==2.8.0
        COPY --from=models /m /m
    """
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == [
        ("Dockerfile", 2),
        ("Dockerfile", 4),
    ]


def test_a_stage_that_nobody_needs_is_let_be(tmp_path: Path) -> None:
    dockerfile = f"FROM python:3.12 AS tests\nRUN hf download org/model\n{TORCH}"
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == []
