from __future__ import annotations

import pytest

from argosy.compose_files.image_names import ImageName

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("text", "repository", "path", "tag", "digest"),
    [
        ("redis", "redis", "redis", "", ""),
        ("vllm/vllm-openai:v0.11.0", "vllm/vllm-openai", "vllm/vllm-openai", "v0.11.0", ""),
        ("a", "a", "a", "", ""),
        ("a:1", "a", "a", "1", ""),
        ("a/b:1", "a/b", "a/b", "1", ""),
        ("ghcr.io/a/b:1", "ghcr.io/a/b", "a/b", "1", ""),
        ("localhost/a", "localhost/a", "a", "", ""),
        ("localhost:5000/a", "localhost:5000/a", "a", "", ""),
        ("localhost:5000/a:1", "localhost:5000/a", "a", "1", ""),
        (f"a@{DIGEST}", "a", "a", "", DIGEST),
        (f"ghcr.io/a:1@{DIGEST}", "ghcr.io/a", "a", "1", DIGEST),
        ("a:", "a", "a", "", ""),
        ("", "", "", "", ""),
        ("a:${TAG}", "a", "a", "${TAG}", ""),
        ("é/ü:ö", "é/ü", "é/ü", "ö", ""),
    ],
)
def test_a_name_is_taken_apart(
    text: str, repository: str, path: str, tag: str, digest: str
) -> None:
    name = ImageName(text)
    assert (name.repository, name.path, name.tag, name.digest) == (repository, path, tag, digest)
