import json
import urllib.request

request = urllib.request.Request(
    "http://localhost:8000/embed", b'["hello"]', {"Content-Type": "application/json"}
)
assert len(json.load(urllib.request.urlopen(request, timeout=8))["vectors"][0]) == 384
