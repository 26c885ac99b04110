from __future__ import annotations

import subprocess
import sys

import pydantic
import pytest

from argosy.adapters import Adapter
from argosy.keys.key import Key

KEYS = Adapter(tuple[Key, ...])


def test_values_come_back_as_they_were() -> None:
    keys = (Key("k-1", "ci", ("digits",)), Key("k-2", "all", expires_at=5.0))

    assert KEYS.validate_json(KEYS.dump_json(keys)) == keys
    assert KEYS.validate_python(KEYS.dump_python(keys, mode="json")) == keys
    assert KEYS.dump_python(keys, mode="json")[0]["models"] == ["digits"]


def test_what_is_no_such_value_is_told() -> None:
    with pytest.raises(pydantic.ValidationError, match="created_at"):
        KEYS.validate_json(b'[{"id": "k-1", "name": "ci", "created_at": "soon"}]')


def test_a_client_imports_nothing_for_messages_that_it_does_not_send() -> None:
    told = "import sys, argosy.supervisor.client; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
