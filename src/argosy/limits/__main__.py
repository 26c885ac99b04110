"""The service's process: ``python -m argosy.limits limits:<run folder>``."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import grpc.aio

from argosy.limits.process import NAME, address, rules_file
from argosy.limits.rules import RULES
from argosy.limits.service import Service


def main() -> None:
    """Count until SIGTERM. The rules are in a file of the run folder until others are told."""
    run_folder = Path(sys.argv[1].removeprefix(NAME))
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    os.umask(0o177)  # the socket is for this user alone
    asyncio.run(_serve(run_folder))


async def _serve(run_folder: Path) -> None:
    service = Service()
    await service.configure(RULES.validate_json(rules_file(run_folder).read_bytes()))
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(service.handlers())
    server.add_insecure_port(address(run_folder))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await server.start()
    renewing = asyncio.create_task(service.keep_leases())
    await ended.wait()
    renewing.cancel()
    await server.stop(grace=1)
    await service.close()


if __name__ == "__main__":
    main()
