"""Questions with known answers: suites of them, and how a replica is asked.

What an answer is worth, `argosy.scorers` says. Nothing is decided here.
"""
