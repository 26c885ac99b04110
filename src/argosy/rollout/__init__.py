"""Moving traffic from one revision to the next, and what decides whether it goes on.

What decides is pure: the statistics here read no file, no clock and no network, and roll no dice.
"""
