"""What a caller is told when there is no answer: problem+json (RFC 9457)."""

from __future__ import annotations

import msgspec

CONTENT_TYPE = b"application/problem+json"

TITLES = {
    400: "The request cannot be understood",
    404: "There is nothing here",
    405: "Not with this method",
    413: "The body is too large",
    415: "Not with this content type",
    422: "The input does not fit the model",
    429: "Too much is waiting",
    500: "The model failed",
    503: "Not ready",
    504: "The deadline has passed",
}


NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON; `msgspec.ValidationError` is among them."""


class Problem(Exception):
    """An answer other than 200. ``headers`` are added to it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.members = members

    def at(self, place: str) -> Problem:
        """The same problem of one part of the request."""
        detail = f"{place}: {self.detail}"
        return Problem(self.status, detail, headers=self.headers, **self.members)

    @property
    def body(self) -> bytes:
        """The JSON text."""
        title = TITLES[self.status]
        return msgspec.json.encode(
            {
                "type": "about:blank",
                "title": title,
                "status": self.status,
                "detail": self.detail,
                **self.members,
            }
        )


def not_ready(reason: str, seconds: int = 1) -> Problem:
    """503, to be asked again after so many seconds."""
    return Problem(503, reason, headers=((b"retry-after", str(seconds).encode()),))


def too_busy(waiting: int, seconds: int = 1) -> Problem:
    """429: what waits already would take too long."""
    detail = f"{waiting} rows are waiting already, which is as many as may (queue)"
    return Problem(429, detail, headers=((b"retry-after", str(seconds).encode()),))


def too_late(seconds: float, what: str = "timeout") -> Problem:
    """504: no answer in time."""
    return Problem(504, f"no answer within {seconds:g} s ({what})")


def wrong_method(path: str, method: str, allowed: str) -> Problem:
    """405, with what is ``allowed``: ``GET, HEAD``."""
    detail = f"{path} takes {allowed}, not {method}"
    return Problem(405, detail, headers=((b"allow", allowed.encode()),))
