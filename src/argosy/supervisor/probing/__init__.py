"""Accuracy probes on a schedule, and the suites that they ask from.

A replica is asked directly, never through the gateway. Nothing here takes one out: what was found
is observed, and `reconcile` draws the consequences.
"""
