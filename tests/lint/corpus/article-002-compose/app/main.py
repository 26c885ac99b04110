import requests

def predict(data):
    response = requests.post(
        "http://model-runner:8000/predict",
        json=data
    )
    return response.json()
