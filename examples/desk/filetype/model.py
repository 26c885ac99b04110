"""What kind of file some bytes are, by their content alone (Fratantonio et al., "Magika", 2024)."""

from magika import Magika


class Model:
    examples = (b"import sys\n\nprint(sys.argv)\n", b"")

    def load(self):
        self.magika = Magika()  # its weights come inside the package

    def predict(self, content: bytes) -> dict:
        """Name a file's type; ``score`` is how sure that is, 0 to 1."""
        found = self.magika.identify_bytes(content).output
        return {"label": found.ct_label, "group": found.group, "score": round(found.score, 4)}
