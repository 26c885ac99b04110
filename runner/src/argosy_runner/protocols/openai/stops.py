"""Cut a text that comes in pieces where one of the ``stop`` texts begins. No I/O here."""

from __future__ import annotations


class Stops:
    """Of one choice. ``found`` once a stop text has come; what follows is dropped."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._texts = texts
        self._held = ""
        self.found = False

    def feed(self, piece: str) -> str:
        """What may be told now: an end that might begin a stop text is held back."""
        if self.found:
            return ""
        if not self._texts:
            return piece
        text = self._held + piece
        starts = [at for at in map(text.find, self._texts) if at >= 0]
        if starts:
            self.found = True
            self._held = ""
            return text[: min(starts)]
        kept = max(self._overlap(text, stop) for stop in self._texts)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

    def rest(self) -> str:
        """What was held back, once nothing more comes."""
        held, self._held = self._held, ""
        return held

    @staticmethod
    def _overlap(text: str, stop: str) -> int:
        """How much of the end of ``text`` begins ``stop``."""
        for size in range(min(len(stop) - 1, len(text)), 0, -1):
            if text.endswith(stop[:size]):
                return size
        return 0
