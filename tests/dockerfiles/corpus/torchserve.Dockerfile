FROM pytorch/torchserve:0.11.0-gpu
USER root
RUN printf "\nservice_envelope=json" >> /home/model-server/config.properties
USER model-server
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/m.mar /home/model-server/model-store/
RUN torch-model-archiver --model-name m --version 1.0 \
  --serialized-file model.pt \
  --handler handler.py
CMD ["torchserve", "--start", "--model-store", "model-store", "--models", "m=m.mar"]
