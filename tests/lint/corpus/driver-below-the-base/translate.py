import sys
import urllib.request

import ctranslate2
import sentencepiece
from flask import Flask, request

if sys.argv[1:] == ["probe"]:
    sys.exit(b"morning" not in urllib.request.urlopen("http://localhost:8000/translate", b"Guten Morgen").read())
assert ctranslate2.get_cuda_device_count() > 0, "no GPU"
app = Flask(__name__)
words = sentencepiece.SentencePieceProcessor(model_file="/models/de.spm")
model = ctranslate2.Translator("/models/de-en", device="cuda")


@app.get("/live")
def live():
    return {}


@app.get("/ready")
def ready():
    return {}


@app.post("/translate")
def translate():
    answer = model.translate_batch([words.encode(request.data.decode(), out_type=str)])
    return words.decode(answer[0].hypotheses[0])


app.run(host="0.0.0.0", port=8000)
