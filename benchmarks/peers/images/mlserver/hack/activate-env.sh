#!/usr/bin/env bash
# As MLServer's own where no environment was packed: nothing to activate.
