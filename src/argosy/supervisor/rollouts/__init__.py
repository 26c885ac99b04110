"""Rollouts as the supervisor carries them out: proven, guarded, shadowed, decided on, remembered.

What decides is pure and lies in `argosy.rollout`; here it is given what replicas answered and what
was counted. Nothing here starts, stops or routes: that is `plan`'s.
"""
