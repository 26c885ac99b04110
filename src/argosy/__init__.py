"""Argosy's control plane: one file declares many AI models, one address answers for all."""

__version__ = "0.1.0"
