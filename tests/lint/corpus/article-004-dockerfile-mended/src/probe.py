import json
import sys
import urllib.request

request = urllib.request.Request(
    "http://localhost:8080/predict",
    data=json.dumps({"feature_1": 0.0, "feature_2": 0.0}).encode(),
    headers={"Content-Type": "application/json"},
)
with urllib.request.urlopen(request, timeout=8) as response:
    score = json.load(response)["score"]
sys.exit(0 if 0.0 <= score <= 1.0 else 1)
