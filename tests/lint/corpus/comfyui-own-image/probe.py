import json
import time
import urllib.request

ROOT = "http://localhost:8188"
with open("/opt/comfyui/models/probe-workflow.json") as file:
    body = json.dumps({"prompt": json.load(file)}).encode()
task = json.load(urllib.request.urlopen(urllib.request.Request(f"{ROOT}/prompt", body)))["prompt_id"]
for _ in range(40):
    history = json.load(urllib.request.urlopen(f"{ROOT}/history/{task}"))
    if history.get(task, {}).get("outputs"):
        raise SystemExit(0)
    time.sleep(1)
raise SystemExit(1)
