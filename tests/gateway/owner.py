"""A process that owns a gateway: `python owner.py <run folder> <listen> <address>…`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route, Routing, Share
from argosy.stack.model import Gateway as Settings


async def main(run_folder: Path, listen: str, *addresses: str) -> None:
    gateway = Gateway(run_folder, run_folder / "gateway.log", lambda: None)
    await gateway.serve(
        Routing("desk", Settings(listen), (Route("digits", (Share(1, addresses),)),))
    )
    print(gateway.observe().pid, flush=True)
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
