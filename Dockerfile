# facegan on the CPU:
#   docker build -t facegan .
#   docker run --rm -v "$PWD:/work" facegan train --preset quickstart
# A GPU: Dockerfile.cuda
FROM debian:12 AS build
COPY . /src
RUN /src/scripts/archive --cpu --folder /opt/facegan

FROM debian:12-slim
COPY --from=build /opt/facegan /opt/facegan
RUN ln -s /opt/facegan/facegan /usr/local/bin/facegan
ENV FACEGAN_CACHE=/tmp/facegan
WORKDIR /work
ENTRYPOINT ["facegan"]
