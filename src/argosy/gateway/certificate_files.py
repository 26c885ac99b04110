"""The gateway's certificate as its files hold it now."""

from __future__ import annotations

from argosy import certificates
from argosy.certificates import Certificate
from argosy.errors import CertificateError, GatewayError
from argosy.stack.model import Tls

Seen = tuple[tuple[int, int, int], ...]


class CertificateFiles:
    """Reads them when they have changed. What cannot be used leaves the last that could."""

    def __init__(self) -> None:
        self._tls: Tls | None = None
        self._seen: Seen = ()
        self._last: Certificate | None = None

    def changed(self) -> bool:
        """Whether the files of the last `read` are others now."""
        return self._tls is not None and _seen(self._tls) != self._seen

    def warning(self) -> str:
        """What users should know of the certificate that was read last; mostly empty."""
        if self._last is None or not self._last.expired:
            return ""
        return f"its certificate expired on {self._last.expires:%Y-%m-%d %H:%M} UTC"

    def read(self, tls: Tls | None) -> Certificate | None:
        """None without TLS. Raises `GatewayError` when there is none that can be used."""
        try:
            return self.reread(tls)
        except CertificateError as error:
            if self._last is None:
                raise GatewayError(
                    error.what, where=error.where, next_step=error.next_step
                ) from error
            return self._last

    def reread(self, tls: Tls | None) -> Certificate | None:
        """Like `read`, but raises `CertificateError` when the files cannot be used now."""
        if tls != self._tls:
            self._tls, self._last = tls, None
        if tls is not None:
            self._seen = _seen(tls)
            self._last = certificates.read(tls.certificate, tls.key)
        return self._last


def _seen(tls: Tls) -> Seen:
    """Tells a file from the one that it replaced, and from itself with another content."""
    found = []
    for path in (tls.certificate, tls.key):
        try:
            stat = path.stat()
            found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
        except OSError:
            found.append((0, 0, 0))
    return tuple(found)
