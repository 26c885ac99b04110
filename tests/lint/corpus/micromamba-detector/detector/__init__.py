"""Finds boxes in pictures."""
