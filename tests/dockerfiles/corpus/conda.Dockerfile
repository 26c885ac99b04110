FROM continuumio/miniconda3:24.1.2-0
COPY environment.yml /tmp/environment.yml
RUN conda env create -f /tmp/environment.yml && conda clean -afy
SHELL ["conda", "run", "-n", "serve", "/bin/bash", "-c"]
RUN python -c "import torch; print(torch.__version__)"
ENV PATH /opt/conda/envs/serve/bin:$PATH
ENTRYPOINT ["conda", "run", "--no-capture-output", "-n", "serve", "python", "serve.py"]
