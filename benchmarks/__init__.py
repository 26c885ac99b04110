"""Argosy beside its peers, in one run. Ratios count; absolute times on a shared machine do not."""
