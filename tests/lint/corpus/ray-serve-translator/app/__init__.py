"""Translates."""
