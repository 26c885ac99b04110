from __future__ import annotations

from typing import Any

import pytest
from tritonclient.grpc import service_pb2 as triton

from argosy_runner.protocols.open_inference.messages import CLASSES, SERVICE


def official(name: str) -> Any:
    found = triton.DESCRIPTOR.message_types_by_name[name.partition(".")[0]]
    for part in name.split(".")[1:]:
        found = found.nested_types_by_name[part]
    return found


def fields(descriptor: Any) -> Any:
    return [
        (
            field.number,
            field.name,
            field.type,
            field.is_repeated,
            field.message_type and field.message_type.full_name,
            field.containing_oneof and field.containing_oneof.name,
            field.message_type and field.message_type.GetOptions().map_entry,
        )
        for field in descriptor.fields
    ]


@pytest.mark.parametrize("name", CLASSES)
def test_the_messages_are_those_of_triton(name: str) -> None:
    wanted, found = official(name), CLASSES[name].DESCRIPTOR
    assert found.full_name == wanted.full_name
    assert fields(found) == fields(wanted)


def test_the_service_is_tritons() -> None:
    assert SERVICE in {each.full_name for each in triton.DESCRIPTOR.services_by_name.values()}
