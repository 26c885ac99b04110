import json
import urllib.request

body = {"query": "a cat", "texts": ["cats purr", "trains run"]}
request = urllib.request.Request(
    "http://localhost:8000/rerank", json.dumps(body).encode(), {"Content-Type": "application/json"}
)
scores = json.load(urllib.request.urlopen(request))["scores"]
assert scores[0] > scores[1]
