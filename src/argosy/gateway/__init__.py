"""The single entry point: Envoy, driven by us over gRPC ADS.

`snapshot` is pure: routing in, Envoy resources out, plain dicts. `ads` serves them, `envoy` starts,
adopts and stops the process. Nothing here knows of platforms or probes replicas.
"""
