import json
import sys
import urllib.request

request = urllib.request.Request(
    "http://127.0.0.1:8000/predict",
    data=json.dumps([[0.0] * 64]).encode(),
    headers={"Content-Type": "application/json"},
)
labels = json.load(urllib.request.urlopen(request, timeout=4))["labels"]
sys.exit(labels != [0])
