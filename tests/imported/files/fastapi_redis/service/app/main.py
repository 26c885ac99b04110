app: object = None  # stands for FastAPI()
