# habilis without a display, as a user that owns nothing but its own files:
#
#   docker build -t habilis .
#   docker run --rm -v "$PWD/out:/work/out" habilis solve "Reach the milk"
#
# With EXTRAS the image holds more, e.g. --build-arg EXTRAS=rl,data; torch then is its CPU build.
FROM python:3.12-slim AS build
ARG EXTRAS=""
COPY . /habilis
WORKDIR /habilis
RUN pip install --no-cache-dir -c constraints.txt uv \
 && uv venv /opt/habilis \
 && uv pip install --python /opt/habilis --no-cache -c constraints.txt --torch-backend cpu \
      ".${EXTRAS:+[$EXTRAS]}"

FROM python:3.12-slim
# Headless rendering: EGL with Mesa's software renderer.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/habilis /opt/habilis
RUN useradd --create-home habilis && mkdir -p /work/out && chown -R habilis /work
USER habilis
WORKDIR /work
ENV PATH=/opt/habilis/bin:$PATH MUJOCO_GL=egl
ENTRYPOINT ["habilis"]
CMD ["solve", "Reach the milk"]
