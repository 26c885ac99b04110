import pickle

import pandas as pd
from flask import Flask, request

app = Flask(__name__)
model = pickle.load(open("model.pkl", "rb"))


@app.route("/predict", methods=["POST"])
def predict():
    return {"prediction": model.predict(pd.DataFrame([request.json])).tolist()}
