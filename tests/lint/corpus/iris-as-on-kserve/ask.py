import json
import urllib.request

rows = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}
request = urllib.request.Request(
    "http://localhost:8080/v2/models/iris/infer",
    json.dumps({"inputs": [rows]}).encode(),
    {"Content-Type": "application/json"},
)
assert json.load(urllib.request.urlopen(request))["outputs"][0]["data"] == [0]
