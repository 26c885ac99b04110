import numpy
from flask import Flask, jsonify, request
from paddleocr import PaddleOCR
from PIL import Image

app = Flask(__name__)
reader = PaddleOCR(use_angle_cls=True, lang="en", det_model_dir="/weights/det", rec_model_dir="/weights/rec")


@app.route("/ping")
def ping():
    return "pong"


@app.route("/read", methods=["POST"])
def read():
    picture = numpy.array(Image.open(request.files["picture"]))
    return jsonify([line[1][0] for line in reader.ocr(picture)[0]])
