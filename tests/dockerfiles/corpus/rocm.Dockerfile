FROM rocm/pytorch:rocm6.1_ubuntu22.04_py3.10_pytorch_2.1.2 AS base
ARG ARG_PYTORCH_ROCM_ARCH
ENV PYTORCH_ROCM_ARCH=${ARG_PYTORCH_ROCM_ARCH:-gfx90a}
RUN case "$(which python3)" in \
        *"/opt/conda/envs/py_3.9"*) \
            rm -rf /opt/conda/envs/py_3.9/lib/python3.9/site-packages/numpy ;; \
        *) ;; esac
CMD ["/bin/bash"]
