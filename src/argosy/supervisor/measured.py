"""What a stack's supervisor has measured, for the rules of the linter that need facts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from argosy import find
from argosy.lint.project.facts import Facts, ServiceFacts

STARTS = 20  # so many of the last ones count


def facts(file: Path) -> Facts:
    """The longest recent cold start of each model; nothing of a stack that never ran.

    Nothing is written or made, so that a stack can be looked at whose supervisor runs.
    """
    state = find.state_folder(file) / "state.sqlite"
    if not state.is_file():
        return Facts()
    with closing(sqlite3.connect(f"file:{quote(str(state))}?mode=ro", uri=True)) as database:
        rows = database.execute(
            "select model, max(total) from (select model, start + load + warm_up as total,"
            " row_number() over (partition by model order by measured_at desc) as age"
            " from cold_start) where age <= ? group by model",
            (STARTS,),
        ).fetchall()
    return Facts(services={model: ServiceFacts(cold_start=total) for model, total in rows})
