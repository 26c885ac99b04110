"""What `up` would do, asked of the stack's supervisor or, where nothing runs, worked out here."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing

from argosy import find
from argosy.plan.reconcile import Plan
from argosy.plan.state import Observed, ObservedModel, ObservedRevision
from argosy.stack.model import Stack
from argosy.supervisor.client import Client, ensure_running
from argosy.supervisor.declare import Declared, declare
from argosy.supervisor.messages import steps_as_data
from argosy.supervisor.rollouts.changes import Changes
from argosy.supervisor.rollouts.commands import RolloutCommands
from argosy.supervisor.rollouts.dips import Dips
from argosy.supervisor.rollouts.noise_floors import NoiseFloors
from argosy.supervisor.store import Store, open_store


def planned_steps(stack: Stack) -> list[dict[str, str]]:
    """The steps as subject, step and cause. Resolves environments, starts no replica."""
    if stack.file in find.run_folders():
        ensure_running(stack.file)
        with Client(stack.file) as client:
            return client.plan(stack)
    return steps_as_data(asyncio.run(_from_nothing(stack)))


async def _from_nothing(stack: Stack) -> Plan:
    """The plan while nothing runs. Raises `ArgosyError` for what `up` would refuse as well."""
    state = find.writable_state_folder(stack.file)
    with closing(open_store(stack.file, state)) as store:
        declared = await declare(stack, state, store, lambda _model, _text: None)
        left = Observed({one.revision.model.name: _left(one, stack, store) for one in declared})
        changes = Changes(
            store,
            RolloutCommands(store),
            NoiseFloors(store, state),
            Dips(store, lambda: left, state),
        )
        return await changes.plan(stack, declared, left, unchanged="the stack goes up")


def _left(declared: Declared, stack: Stack, store: Store) -> ObservedModel:
    """A model of which nothing runs. The revision that served last starts again, to be compared.

    What the store knows to be prepared is not prepared again.
    """
    name, number = declared.revision.model.name, declared.revision.number
    serving, rollout = store.serving(name), store.rollout(name)
    revisions = {number: ObservedRevision(declared.revision)}
    for one in store.revisions(name):
        if one.revision == declared.revision or one.revision.number == serving:
            first = store.first_answers(name, one.revision.number)
            revisions[one.revision.number] = ObservedRevision(one.revision, one.state, first=first)
    if rollout is None or rollout.revision != number:
        return ObservedModel(serving, revisions)
    hold = stack.model(name).rollout.hold
    return ObservedModel(serving, revisions, rollout.observed(hold, time.time()))
