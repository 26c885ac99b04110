import pickle

import requests
import tensorflow as tf
from flask import Flask, request
from waitress import serve

model = tf.keras.models.load_model("model.keras")
scaler = pickle.loads(requests.get("https://models.example.com/scaler.pkl", timeout=30).content)
app = Flask(__name__)


@app.post("/predict")
def predict():
    return {"score": model.predict(scaler.transform(request.json["rows"])).tolist()}


serve(app, host="0.0.0.0", port=8080)
