"""Compose files: what a model, a companion and a stack are in one. Pure: builders return data."""
