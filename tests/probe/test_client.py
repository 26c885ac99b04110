from __future__ import annotations

from pathlib import Path

from argosy.probe.client import client
from tests.ports import reserved_address
from tests.runner.replicas import Replica

ECHO = "class Model:\n    def predict(self, value):\n        return value\n"


async def test_a_replica_is_reached_at_a_socket_and_at_a_port(
    tmp_path: Path, own_folders: Path
) -> None:
    with reserved_address() as address:
        for name, port in (("a", None), ("b", int(address.rpartition(":")[2]))):
            (tmp_path / name).mkdir()
            replica = Replica(tmp_path / name, own_folders, ECHO, port=port).until_ready()
            try:
                async with client(address if port else f"unix:{replica.socket}", 10) as http:
                    assert (await http.get("/ready")).json()["ready"]
            finally:
                replica.stop()
