import json
import urllib.request

body = {"model": "/models/bge-reranker-v2-m3", "text_1": "cat", "text_2": ["a cat", "a train"]}
request = urllib.request.Request(
    "http://localhost:8000/score", json.dumps(body).encode(), {"Content-Type": "application/json"}
)
scores = [one["score"] for one in json.load(urllib.request.urlopen(request, timeout=10))["data"]]
assert scores[0] > scores[1]
