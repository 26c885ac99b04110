import numpy
import triton_python_backend_utils as triton
from transformers import AutoTokenizer


class TritonPythonModel:
    def initialize(self, args):
        self.tokenizer = AutoTokenizer.from_pretrained("/repository/tokenize/1/tokenizer")

    def execute(self, requests):
        answers = []
        for request in requests:
            text = triton.get_input_tensor_by_name(request, "TEXT").as_numpy()[0].decode()
            ids = numpy.array([self.tokenizer(text)["input_ids"]], dtype=numpy.int64)
            answers.append(triton.InferenceResponse([triton.Tensor("IDS", ids)]))
        return answers
