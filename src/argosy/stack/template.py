"""What `argosy init` writes: a stack with one model that answers. No I/O here."""

from __future__ import annotations

from argosy.stack.reference import schema_text
from argosy.stack.values import slug

SCHEMA = ".argosy/argosy.schema.json"

_STACK = """\
# yaml-language-server: $schema={schema}
name: {name}

models:
  hello:                              # answers at http://127.0.0.1:8080/api/hello
    code: ./hello                     # model.py with a class Model, and its requirements.txt
    # python: "3.12"                  # its own Python; without it, the one Argosy runs on
    # replicas: 2                     # how many copies run
    # resources: {{cpus: 1, memory: 512MiB}}
    # timeout: 10s                    # the longest an answer may take

gateway:
  listen: 127.0.0.1:8080
"""

_MODEL = '''\
"""A model is a class with this name and these methods. It needs no import of Argosy."""


class Model:
    # max_batch = 32  # with this line, predict gets a list of inputs, and returns a list of outputs

    def load(self, weights):
        """Called once, before the first input: the slow part. Without `weights:`, it is None."""
        self.greeting = "Hello"

    def predict(self, input):
        """Called for each {"input": ...}; what it returns is the {"output": ...}."""
        return f"{self.greeting}, {input}!"
'''

_REQUIREMENTS = """\
# The packages of this model alone, one in each line, for example:
# numpy==2.3.5
"""

_GITIGNORE = """\
# State, logs and locks of the stack
.argosy/
"""


def files(name: str) -> dict[str, str]:
    """The files of a new stack: path relative to its folder → text.

    The stack's name is made from ``name``, any text. The schema lies in the state folder, where an
    editor finds it and version control does not.
    """
    return {
        "argosy.yaml": _STACK.format(name=slug(name), schema=SCHEMA),
        "hello/model.py": _MODEL,
        "hello/requirements.txt": _REQUIREMENTS,
        ".gitignore": _GITIGNORE,
        SCHEMA: schema_text(),
    }
