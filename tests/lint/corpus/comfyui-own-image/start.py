"""Start ComfyUI, but only where there is a GPU."""

import os
import sys

import torch

if not torch.cuda.is_available():
    sys.exit("no GPU: ComfyUI would run on the CPU, a hundred times slower")
os.execv(sys.executable, [sys.executable, "main.py", *sys.argv[1:]])
