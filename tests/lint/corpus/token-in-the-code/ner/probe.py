import json
import urllib.request

request = urllib.request.Request(
    "http://localhost:8000/entities",
    json.dumps({"text": "Ada lives in London"}).encode(),
    {"Content-Type": "application/json"},
)
assert any(one["word"] == "London" for one in json.load(urllib.request.urlopen(request)))
