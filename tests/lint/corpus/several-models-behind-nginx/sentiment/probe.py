import json
import urllib.request

request = urllib.request.Request(
    "http://localhost:8000/predict",
    json.dumps({"text": "what a lovely day"}).encode(),
    {"Content-Type": "application/json"},
)
assert json.load(urllib.request.urlopen(request))["label"] == "positive"
