#!/usr/bin/env bash
# As MLServer's own: what the model's requirements.txt names is installed beside it.
set -o errexit
[ ! -f "$1/requirements.txt" ] || pip install --no-cache-dir --no-deps -r "$1/requirements.txt"
