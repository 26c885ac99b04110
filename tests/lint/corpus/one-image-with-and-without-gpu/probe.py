import json
import urllib.request

with open("/comfy/models/probe-workflow.json") as file:
    body = json.dumps({"prompt": json.load(file)}).encode()
answer = urllib.request.urlopen(urllib.request.Request("http://localhost:8188/prompt", body))
assert json.load(answer)["prompt_id"]
