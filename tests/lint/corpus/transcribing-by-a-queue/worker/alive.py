import os

from celery import Celery

app = Celery("speech", broker=os.environ["BROKER"])
assert app.control.ping(timeout=20)
