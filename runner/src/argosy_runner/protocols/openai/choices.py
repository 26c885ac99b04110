"""The choices of one answer, put together from the pieces that a model gives. No I/O here."""

from __future__ import annotations

from typing import Any

from argosy_runner.protocols.openai.stops import Stops

TEXTS = ("content", "reasoning_content", "refusal")


class Choice:
    """One of the ``n`` answers. `feed` gives what to tell a client that reads along."""

    def __init__(self, stops: tuple[str, ...], most: int | None) -> None:
        self.pieces = 0
        self.text = ""
        self.message: dict[str, Any] = {}
        self.logprobs: list[Any] = []
        self.reason = ""
        self._stops = Stops(stops)
        self._most = most
        self._calls: dict[int, dict[str, Any]] = {}

    def feed(self, piece: str | dict[str, Any]) -> dict[str, Any]:
        """The delta of a piece, empty for nothing new. A ``reason`` ends the choice."""
        self.pieces += 1
        delta = {"content": piece} if isinstance(piece, str) else dict(piece)
        reason = delta.pop("finish_reason", None)
        logprobs = delta.pop("logprobs", None)
        if logprobs:
            self.logprobs += logprobs.get("content", logprobs) if isinstance(logprobs, dict) else []
        if isinstance(delta.get("content"), str):
            delta["content"] = self._stops.feed(delta["content"])
            if not delta["content"]:
                del delta["content"]
        self._keep(delta)
        if self._stops.found:
            self.reason = "stop"
        elif reason:
            self.reason = str(reason)
        elif self._most is not None and self.pieces >= self._most:
            self.reason = "length"
        return delta

    def end(self) -> dict[str, Any]:
        """The last delta: what was held back for a stop text that did not come."""
        rest = "" if self._stops.found else self._stops.rest()
        delta = {"content": rest} if rest else {}
        self._keep(delta)
        self.reason = self.reason or ("tool_calls" if self._calls else "stop")
        return delta

    def _keep(self, delta: dict[str, Any]) -> None:
        """Add it to the message that a client who does not read along gets."""
        for key, value in delta.items():
            if key == "tool_calls":
                for call in value:
                    self._keep_call(call)
                self.message[key] = [call for _, call in sorted(self._calls.items())]
            elif key in TEXTS and isinstance(value, str):
                self.message[key] = self.message.get(key, "") + value
            else:
                self.message[key] = value
        self.text = self.message.get("content", "")

    def _keep_call(self, call: dict[str, Any]) -> None:
        index = call.get("index", len(self._calls))
        kept = self._calls.setdefault(index, {"type": "function", "function": {}})
        for key, value in call.items():
            if key == "function":
                for part, text in value.items():
                    if part == "arguments":
                        text = kept["function"].get(part, "") + text  # noqa: PLW2901
                    kept["function"][part] = text
            elif key != "index":
                kept[key] = value
