import sys
import urllib.request

import litserve
import torch

if sys.argv[1:] == ["probe"]:
    request = urllib.request.Request(
        "http://localhost:8000/predict", b'{"x": 2.0}', {"Content-Type": "application/json"}
    )
    sys.exit(b"output" not in urllib.request.urlopen(request).read())


class Square(litserve.LitAPI):
    def setup(self, device):
        self.model = torch.jit.load("/models/square.ts").to("cuda")

    def decode_request(self, request):
        return request["x"]

    def predict(self, x):
        return self.model(torch.tensor([x], device="cuda")).item()

    def encode_response(self, output):
        return {"output": output}


litserve.LitServer(Square(), accelerator="cuda").run(port=8000)
