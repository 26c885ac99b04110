"""One at a time, across processes and within one: a lock that ends with its holder."""

from __future__ import annotations

import fcntl
import os
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class Exclusive:
    """A held lock. ``descriptor`` may be handed to a child, which then holds the lock as well.

    The lock is `flock(2)`, which belongs to the open file: two holders in one process exclude each
    other too, and the kernel lets go when the last process that has the file open is gone.
    """

    def __init__(self, descriptor: int, file: Path) -> None:
        self.descriptor = descriptor
        self._file = file

    @classmethod
    def try_take(cls, file: Path) -> Self | None:
        """The lock that ``file`` names, made if need be; None while somebody else holds it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            if _is_still(descriptor, file):
                return cls(descriptor, file)
            os.close(descriptor)

    def remove(self) -> None:
        """Delete the lock's file; whoever waits for it starts over with a new one."""
        self._file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.descriptor)


def _is_still(descriptor: int, file: Path) -> bool:
    """Whether ``file`` has not been removed between its opening and its locking."""
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False
