FROM pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime

RUN apt-get update && apt-get install -y \
    git \
    # needed by opencv
    libgl1 libglib2.0-0 \

    wget && \
    apt-get clean

RUN git clone https://github.com/comfyanonymous/ComfyUI.git /opt/ComfyUI
WORKDIR /opt/ComfyUI
RUN pip install -r requirements.txt
RUN for node in manager impact; do \
      git clone "https://example.com/${node}.git" "custom_nodes/${node}" ; \
      if [ -f "custom_nodes/${node}/requirements.txt" ]; then \
        pip install -r "custom_nodes/${node}/requirements.txt" ; \
      fi ; \
    done
VOLUME ["/opt/ComfyUI/models", "/opt/ComfyUI/output"]
EXPOSE 8188
CMD python main.py --listen 0.0.0.0
