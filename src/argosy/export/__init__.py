"""A stack as plain files for ``docker compose up``: nothing of Argosy runs there but the runner.

The builders return data or text and do no I/O, and the same stack gives the same bytes anywhere: no
path of this machine, no time. Only `write` touches files.
"""
