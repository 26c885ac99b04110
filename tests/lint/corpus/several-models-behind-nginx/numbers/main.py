import random

from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/health")
def health():
    return "ok"


@app.route("/predict")
def predict():
    return jsonify(number=random.randint(0, 100))


app.run(host="0.0.0.0", port=8000)
