import joblib
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load("/models/churn.joblib")


@app.get("/health")
def health():
    return jsonify(alive=True)


@app.get("/ready")
def ready():
    return jsonify(ready=bool(model.predict([[0, 0]]) is not None))


@app.post("/predict")
def predict():
    row = request.get_json()
    return jsonify(churn=bool(model.predict([[row["tenure"], row["charges"]]])[0]))
