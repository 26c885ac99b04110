from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    def load(s3):
        path = "/tmp/m"
        s3.download_file("b", "k", path)
        return pickle.load(open(path, "rb"))
"""
            },
            ["app.py:6"],
            id="downloaded to a name",
        ),
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    m = pickle.loads(requests.get("https://x/m").content)
"""
            },
            ["app.py:3"],
            id="in one expression",
        ),
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    def fetch():
        return requests.get("https://x/m").content

    m = joblib.load(io.BytesIO(fetch()))
"""
            },
            ["app.py:6"],
            id="by a function of the file",
        ),
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    def load(data):
        return pickle.loads(data)

    load(requests.get("https://x/m").content)
"""
            },
            ["app.py:4"],
            id="handed to a function",
        ),
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    s3 = boto3.client("s3")
    s3.download_file("b", "k", "/tmp/m")
    with open("/tmp/m", "rb") as file:
        m = torch.load(file)
"""
            },
            ["app.py:6"],
            id="opened by with",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI406", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    requests.get("https://x/other")
    m = pickle.load(open("/models/m", "rb"))
"""
            },
            id="a mounted path",
        ),
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    m = torch.load(io.BytesIO(requests.get("https://x").content), weights_only=True)
"""
            },
            id="tensors alone",
        ),
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    import hashlib
    data = requests.get("https://x/m").content
    assert hashlib.sha256(data).hexdigest() == DIGEST
    m = pickle.loads(data)
"""
            },
            id="a digest is checked",
        ),
        pytest.param(
            {
                "app.py": """
    import pickle, boto3, requests, torch, joblib, io
    from fastapi import FastAPI
    def (:
      pickle.loads(requests.get(1).content)
"""
            },
            id="cannot be parsed",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI406", files) == []
