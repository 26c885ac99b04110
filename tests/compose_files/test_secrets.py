from __future__ import annotations

import pytest

from argosy.compose_files.secrets import holds_literal, looks_secret, masked


@pytest.mark.parametrize(
    "name", ["HF_TOKEN", "OPENAI_API_KEY", "PGPASSWORD", "DB_PASS", "AWS_SECRET_ACCESS_KEY"]
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["TOKENIZERS_PARALLELISM", "MAX_TOKENS", "HF_TOKEN_PATH", "PWD", "MONKEY", "KEYSPACE"]
)
def test_a_name_that_only_sounds_like_one_is_none(name: str) -> None:
    assert not looks_secret(name)


@pytest.mark.parametrize(
    "value", ["hf_abcdefghijkl", "sk-proj-abcdefghij", "postgres://app:hunter2@db/app"]
)
def test_a_secret_is_known_by_what_it_holds(value: str) -> None:
    assert looks_secret("SETTING", value)


def test_a_variable_in_place_of_the_secret_is_no_literal() -> None:
    assert holds_literal("HF_TOKEN", "abc")
    assert not holds_literal("HF_TOKEN", "${HF_TOKEN}")
    assert not holds_literal("DATABASE_URL", "postgres://app:${PASSWORD}@db/app")
    assert holds_literal("HF_TOKEN", "${HF_TOKEN:-hf_abcdefghijkl}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HF_TOKEN: hf_abcdefghijkl", "HF_TOKEN: •••••••••••••••"),
        ("--model a --api-key abc --port 80", "--model a --api-key ••• --port 80"),
        ("--api-key=abc", "--api-key=•••"),
        ('["--api-key", "abc", "--port"]', '["--api-key", "•••", "--port"]'),
        ("--api-key ${KEY} --api-key $KEY", "--api-key ${KEY} --api-key $KEY"),
        ("nothing secret", "nothing secret"),
    ],
)
def test_a_secret_is_covered_where_it_is_shown(text: str, shown: str) -> None:
    assert masked(text) == shown
