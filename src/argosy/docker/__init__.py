"""Docker: its command, and what its engine tells. Nothing of models or stacks here."""
