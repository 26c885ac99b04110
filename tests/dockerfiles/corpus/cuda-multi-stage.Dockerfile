ARG CUDA=12.1.1
ARG FLAVOUR=ubuntu22.04
FROM nvidia/cuda:${CUDA}-cudnn8-devel-${FLAVOUR} as compile
RUN nvcc --version
COPY kernels /src
RUN cd /src && make -j"$(nproc)"
FROM nvidia/cuda:${CUDA}-cudnn8-runtime-${FLAVOUR}
COPY --from=compile /src/build/*.so /usr/lib/
COPY --from=0 /src/LICENSE /LICENSE
USER 1000:1000
