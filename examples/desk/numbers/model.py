"""The smallest model there is: nothing to install, nothing to load."""

import random


class Model:
    examples = (None, {"low": 1, "high": 6})

    def predict(self, bounds: dict[str, int] | None) -> dict:
        """Draw a whole number from ``low`` to ``high``, both included; 0 to 100 when not said."""
        bounds = bounds or {}
        return {"number": random.randint(bounds.get("low", 0), bounds.get("high", 100))}
