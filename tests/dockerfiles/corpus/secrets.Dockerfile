# syntax=docker/dockerfile:1
FROM python:3.12
RUN --mount=type=secret,id=hf_token,env=HF_TOKEN \
    --mount=type=ssh,required=true \
    --network=host --security=insecure \
    huggingface-cli download meta-llama/Llama-3.1-8B
RUN --mount=type=secret,id=aws,target=/root/.aws/credentials aws s3 cp s3://bucket/model /model --recursive
