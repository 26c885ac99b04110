"""Noise floors: what A/A runs have shown, for as long as a model is asked the same."""

from __future__ import annotations

from pathlib import Path

from argosy.errors import UsageError
from argosy.rollout import noise
from argosy.rollout.noise import Noise, SelfRun
from argosy.stack.model import Model
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.store import Store


class NoiseFloors:
    """Remembers the last A/A run of each model. A run with another suite, scorer, seed or other
    repeats says nothing of what is asked now, and is as good as none.
    """

    def __init__(self, store: Store, state: Path) -> None:
        self._store = store
        self._state = state

    def add(self, model_name: str, run: SelfRun) -> None:
        """Remember a run. Raises `UsageError` for a model that is not declared."""
        if self._model(model_name) is None:
            raise UsageError(f"no model is named {model_name!r}", next_step="See `argosy ps`.")
        self._store.put_self_run(model_name, run)

    def of(self, model_name: str, suite: str = "") -> Noise | None:
        """What is known of a model as it was last declared, and of its suite as `up` copied it.

        ``suite`` is another copy in its place.
        """
        model = self._model(model_name)
        if model is None or model.probe is None:
            return None
        copy = Path(suite) if suite else kept_suites.kept(self._state, model_name, model.probe)
        return self.planned(model, copy.parent.name)

    def planned(self, model: Model, suite_name: str) -> Noise | None:
        """What is known of a model as it is to be; ``suite_name`` is that of its suite's copy."""
        run = self._store.self_run(model.name)
        if run is None or model.probe is None:
            return None
        same = run.question == noise.question(suite_name, model.probe)
        return noise.of_run(run, model.rollout) if same else None

    def _model(self, name: str) -> Model | None:
        declared = self._store.declared()
        models = declared[0].models if declared else ()
        return next((one for one in models if one.name == name), None)
