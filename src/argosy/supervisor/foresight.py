"""What `up` would do, asked of the stack's supervisor or, where nothing runs, worked out here."""

from __future__ import annotations

import asyncio

from argosy import find
from argosy.plan.reconcile import foresee
from argosy.plan.state import Desired, Observed, ObservedModel, ObservedRevision, Target
from argosy.stack.model import Stack
from argosy.supervisor.client import Client, ensure_running
from argosy.supervisor.declare import declare
from argosy.supervisor.messages import steps_as_data
from argosy.supervisor.store import open_store


def planned_steps(stack: Stack) -> list[dict[str, str]]:
    """The steps as subject, step and cause. Resolves environments, starts no replica."""
    if stack.file in find.run_folders():
        ensure_running(stack.file)
        with Client(stack.file) as client:
            return client.plan(stack)
    return asyncio.run(_from_nothing(stack))


async def _from_nothing(stack: Stack) -> list[dict[str, str]]:
    """The plan while nothing runs; what the store knows to be prepared is not prepared again."""
    state = find.writable_state_folder(stack.file)
    store = open_store(stack.file, state)
    try:
        declared = await declare(stack, state, store, lambda _model, _text: None)
        targets, models = {}, {}
        for one in declared:
            name, revision = one.revision.model.name, one.revision
            known = [seen for seen in store.revisions(name) if seen.revision == revision]
            cause = one.cause or "the stack goes up"
            targets[name] = Target(revision, one.replicas, cause, declared=stack.model(name))
            models[name] = ObservedModel(
                None,
                {
                    revision.number: ObservedRevision(
                        revision, state=known[-1].state if known else "declared"
                    )
                },
            )
    finally:
        store.close()
    desired = Desired(stack.name, stack.gateway, targets)
    return steps_as_data(foresee(desired, Observed(models)))
