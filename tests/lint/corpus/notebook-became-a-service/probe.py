import json
import urllib.request

request = urllib.request.Request(
    "http://localhost:8000/price",
    json.dumps([{"area": 80.0, "rooms": 3.0}]).encode(),
    {"Content-Type": "application/json"},
)
assert json.load(urllib.request.urlopen(request))[0] > 0
