from __future__ import annotations

import pytest

from argosy.compose_files.image_names import ImageName


@pytest.mark.parametrize(
    ("text", "repository", "path", "tag", "digest"),
    [
        ("redis", "redis", "redis", "", ""),
        ("vllm/vllm-openai:v0.11.0", "vllm/vllm-openai", "vllm/vllm-openai", "v0.11.0", ""),
        ("ghcr.io/a/b:1@sha256:0", "ghcr.io/a/b", "a/b", "1", "sha256:0"),
        ("localhost/a", "localhost/a", "a", "", ""),
        ("registry:5000/a/b", "registry:5000/a/b", "a/b", "", ""),
        ("", "", "", "", ""),
    ],
)
def test_a_name_is_taken_apart(
    text: str, repository: str, path: str, tag: str, digest: str
) -> None:
    name = ImageName(text)
    assert (name.repository, name.path, name.tag, name.digest) == (repository, path, tag, digest)
