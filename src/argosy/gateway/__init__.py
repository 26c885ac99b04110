"""The single entry point: Envoy, driven by us over gRPC ADS.

`gateway` is what the supervisor has: told a `routing`, it makes Envoy serve it. `resources` are
what Envoy is told, as plain dicts; `ads` serves them, `envoy` starts, adopts, replaces and stops
the process. Nothing here knows of platforms or probes replicas.
"""
