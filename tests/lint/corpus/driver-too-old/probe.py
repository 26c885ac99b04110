import json
import urllib.request

request = urllib.request.Request(
    "http://localhost:8000/infer",
    json.dumps({"image": [[[[0.0] * 64] * 64] * 3]}).encode(),
    {"Content-Type": "application/json"},
)
assert json.load(urllib.request.urlopen(request))["out"]
