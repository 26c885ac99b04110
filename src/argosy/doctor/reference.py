"""`docs/doctor.md`, made from the checks' own docstrings."""

from __future__ import annotations

import importlib

from argosy.doctor import checks
from argosy.doctor.case import GROUPS

HEAD = """\
# The host check

`argosy doctor [STACK]` looks at this machine and says whether it has what the stack needs. Without
a stack here, only the machine is looked at. Nothing is installed or changed, and what is missing
comes with the command that mends it.

```console
$ argosy doctor examples/desk
MACHINE
  ✓ ok       Control groups        v2: cpu, cpuset, memory, pids; memory can be limited
DOCKER                             not needed here
  · note     Docker                lina may not use unix:///var/run/docker.sock
                                   Members of the group docker may, and are as good as root.
                                   → sudo usermod -aG docker lina && newgrp docker
STACK
  ✗ failure  Ports                 127.0.0.1:8080 is taken by nginx (pid 812)
                                   gateway.listen names it.
                                   → Choose another in gateway.listen.
1 of 14 failed for this stack; each says what mends it.
```

| verdict | it means |
|---|---|
| ✓ ok | as it should be |
| · note | worth knowing; what is wrong with what the stack does not use is no more |
| ! warning | the stack runs, but not as well as it could, or only with luck |
| ✗ failure | the stack, or a part of it, will not run |

The exit code is 1 when something fails, else 0. `--json` prints the same as data: `verdict`,
`stack`, and `groups` of `results`, each with `name`, `verdict`, `found`, `why` and `mend`.

Docker is needed by a stack with `platform: compose`, a GPU by a model with `resources.gpus`,
`resources.gpu_devices` or `device: cuda`. The network is asked only with `--online`. To see whether
a container computes on the GPU, one is started from an image that is here; `--pull` allows pulling
a small one. Nothing but these two may take longer than 10 seconds: that a driver or a daemon hangs
is then what was found.

What a stack needs on disk is a guess from the names of its packages, and says so.

## What is looked at

"""


def document() -> str:
    """The text of `docs/doctor.md`."""
    modules = {
        name: importlib.import_module(f"{checks.__name__}.{name}") for name in checks.names()
    }
    lines = ["| group | check | what |", "|---|---|---|"]
    for group in GROUPS:
        for name, module in modules.items():
            if group == module.GROUP:
                what = " ".join((module.__doc__ or "").partition("\n\n")[0].split())
                lines.append(f"| {group} | {name.replace('_', ' ')} | {what} |")
    return HEAD + "\n".join(lines) + "\n"
