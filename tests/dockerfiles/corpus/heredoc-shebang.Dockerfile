FROM python:3.12
RUN <<EOF
#!/usr/bin/env python
from pathlib import Path
Path("/x").write_text("RUN not an instruction")
EOF
RUN <<EOF
#!/bin/bash
pip install numpy
EOF
