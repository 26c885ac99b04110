import json
import urllib.request

request = urllib.request.Request(
    "http://localhost:8000/score",
    json.dumps({"rows": [[0.0] * 16]}).encode(),
    {"Content-Type": "application/json"},
)
assert len(json.load(urllib.request.urlopen(request))["scores"]) == 1
