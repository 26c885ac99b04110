"""What Envoy is told: a `Routing` in, Envoy's resources out, as plain dicts.

One file for each concern. No I/O here, and nothing of who talks to Envoy. `snapshot` puts all of it
together.
"""
