import tempfile

import torch
import whisper
from flask import Flask, request

if not torch.cuda.is_available():
    raise RuntimeError("no GPU")
app = Flask(__name__)
model = whisper.load_model("small", device="cuda")


@app.route("/health")
def health():
    return "ok"


@app.route("/transcribe", methods=["POST"])
def transcribe():
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(request.data)
        file.flush()
        return model.transcribe(file.name)


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=9000)
