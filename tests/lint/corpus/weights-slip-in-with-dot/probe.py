import json
import urllib.request

pixels = [[[[0.0] * 224] * 224] * 3]
request = urllib.request.Request(
    "http://localhost:8000/predict",
    json.dumps({"pixels": pixels}).encode(),
    {"Content-Type": "application/json"},
)
assert json.load(urllib.request.urlopen(request))["label"] >= 0
