"""The gateway of the exported files: nginx with the paths and the answers of Envoy. Pure: text.

`conf` is what nginx reads. What it answers itself is in `answers`, and told by the script
``gateway.js``, which also reads where a request names its model. Directives are those of nginx 1.30
(https://nginx.org/en/docs/dirindex.html) and njs (https://nginx.org/en/docs/njs/reference.html).
"""
