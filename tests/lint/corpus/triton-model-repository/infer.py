import json
import sys
import urllib.request

zeros = [[[[0.0] * 224] * 224] * 3]
body = {"inputs": [{"name": "input", "shape": [1, 3, 224, 224], "datatype": "FP32", "data": zeros}]}
request = urllib.request.Request(
    "http://localhost:8000/v2/models/resnet50/infer", data=json.dumps(body).encode()
)
with urllib.request.urlopen(request, timeout=8) as response:
    outputs = json.load(response)["outputs"]
sys.exit(0 if len(outputs[0]["data"]) == 1000 else 1)
