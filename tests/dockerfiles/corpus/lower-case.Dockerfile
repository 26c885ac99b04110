from python:3.10 as Builder
run pip wheel -w /wheels .
from python:3.10-slim
copy --from=builder /wheels /wheels
run pip install /wheels/*.whl
cmd ["serve"]
