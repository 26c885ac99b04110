import gradio
import torch
from diffusers import AutoPipelineForText2Image

device = "cuda" if torch.cuda.is_available() else "cpu"
pipe = AutoPipelineForText2Image.from_pretrained("stabilityai/sd-turbo").to(device)


def paint(prompt):
    return pipe(prompt, num_inference_steps=1, guidance_scale=0.0).images[0]


gradio.Interface(paint, "text", "image").launch(server_name="0.0.0.0", server_port=7860)
