"""`docs/probes.md`: suites and how they are asked, and the scorers by their own docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from argosy import scorers

HEAD = """\
# Probes

A probe asks a model questions with known answers: HTTP 200 with a wrong result is no good release.

```yaml
models:
  chat:
    code: ./chat
    probe: {suite: ./probes/arithmetic.jsonl, scorer: contains, every: 60s, accuracy: 0.9}
```

The keys of `probe` are in the [stack file](stack-file.md#modelsnameprobe). Changing them, or the
suite, makes no new revision.

## Suites

A suite has an item in each line, as JSON:

```json
{"input": "2 + 2?", "expected": 4, "tags": ["easy"]}
{"messages": [{"role": "user", "content": "17 * 3?"}], "max_tokens": 20, "expected": "51"}
{"prompt": "The capital of France is", "expected": ["Paris"], "weight": 2}
{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}], "expected": [0]}
{"file": "images/cat.jpg", "expected": "cat", "id": "cat-1"}
```

| key | asks | what is compared |
|---|---|---|
| `input` | `/predict` | its `output` |
| `file` | `/predict`, with the file as it is; it lies below the suite's folder | its `output` |
| `messages` | `/v1/chat/completions` | the text of the first choice, or its tool calls |
| `prompt` | `/v1/completions` | the text of the first choice |
| `inputs` | `/v2/models/<model>/infer` | the data of the output, by name where there are several |

- **`expected`** is what the scorer compares with. Most scorers need it.
- **`id`** names the item; without it, the number of its line does.
- **`tags`** are words, by which results are told apart, too.
- **`weight`** is how much the item counts, 1 without it.
- **All other keys** of `messages` and `prompt` are sent as they are: `max_tokens`, `stop`, `tools`.
  Anywhere else they are mistakes. So are items that ask twice or not at all, an id that is taken, a
  weight that is not above 0, what the scorer cannot compare: all are shown at once, with file,
  line, column and the next step. Empty lines are left out.

A suite may have 100,000 items and 64 MiB. It is copied by its content before a rollout asks it, the
files that it names included: an edit does not change a rollout that is under way.

## Asking

- **Replicas are asked directly**, not through the gateway: no key, no limit, no retry on another.
- **Temperature 0 and a seed** are sent with `messages` and `prompt`, unless the item says
  otherwise. Each of several `repeats` has a seed of its own, `probe.seed` and those after it; both
  revisions of a rollout get the same.
- **Nothing is dropped.** An answer that takes longer than `probe.timeout`, an error, an answer of
  another form: each scores 0, with its reason. Only a replica that is too busy (429, 503) is asked
  again, as long as that time lasts.
- **Traffic goes first**: at most `probe.concurrency` questions are under way, they are one caller
  among [those that take turns](models.md#asking), and their `priority` is `u=7`.
- **A revision that does not run**, asked for by `argosy probe MODEL --revision r1` or `--against
  r1`, gets one replica for it, one that was given up, too. It has the limits of its revision,
  nothing is routed to it, and it stops when the command ends, however it ends. Where its memory is
  not there, or another revision takes over just then, it is refused.
- **Repeats are averaged**; the accuracy is the mean of the scores, by weight.

## Asking what serves

With `every`, each replica that serves is asked `items` questions of the suite, the same ones every
time: as soon as it is ready, then every so often, one replica of a model after the other. The
suite is the one of the last `up`; `argosy ps -a` shows the last accuracy of each replica, and so
does the metric `argosy_probe_accuracy`.

- **It fails** when its mean score is below `accuracy`, twice in a row; the second time follows at
  once, with other seeds. What is answered too late, or not at all, does not count here: that a
  replica is busy says nothing of its answers. With fewer than half of the answers nothing is found.
- **Without `accuracy`** the first answers of the revision are what it is compared with. It fails
  when more questions are answered worse now than better, beyond chance (one-sided sign test, 1 %):
  seven worse and none better are needed at least. What is wrong from the beginning is not seen.
- **It is taken out and replaced**: nothing new is routed to it, it drains like one that leaves,
  and starts again with the reason, `it failed its accuracy probe: 3 of 20 right, 0.9
  wanted`. It is asked before it serves again. One replica of a model is replaced at a time.
- **One that fails again** after its fresh start is started anew after 10 s, then after twice as
  long each time, up to 10 min.
- **Where nobody passes**, the one that is being replaced is taken out and the others go on
  serving. After its fresh start it serves, too, although it fails: then no single replica is
  broken, and an outage is worse. The model is `degraded`, with the reason.

A revision that is being rolled out is not asked so: [its gate](rollouts.md) asks it more. A model's
first revision is asked its suite once more, [when it starts](rollouts.md#using-it).

## Scorers

A score is a number from 0 to 1. `scorer: contains` names a scorer, `checks:grade` in its place is a
[function of your own](#function), and `scorer: {numeric: {tolerance: 0.01}}` gives it options.

| scorer | what | options |
|---|---|---|
"""


def document() -> str:
    """The text of `docs/probes.md`."""
    rows = "".join(f"{_row(name)}\n" for name in scorers.names())
    return HEAD + rows + "".join(_section(name) for name in scorers.names())


def _row(name: str) -> str:
    told = scorers.module(name)
    options = ", ".join(f"`{option}`" for option in told.OPTIONS) or "–"
    what = " ".join((told.__doc__ or "").partition("\n\n")[0].split())
    return f"| [`{name}`](#{name}) | {what} | {options} |"


def _section(name: str) -> str:
    manual = (inspect.getdoc(scorers.module(name)) or "").replace("``", "`")
    return "\n".join([f"\n### {name}\n", manual, *_options(name), ""])


def _options(name: str) -> Iterator[str]:
    if options := scorers.module(name).OPTIONS:
        yield "\n| option | meaning |\n|---|---|"
        for option, told in options.items():
            yield f"| `{option}` | {told.meaning} |"
