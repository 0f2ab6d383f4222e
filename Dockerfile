# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rustup target add wasm32-wasip2 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    docker/build.sh /image

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /cicerone cicerone \
    && install -d -o cicerone -g cicerone /cicerone/data
WORKDIR /cicerone
COPY --from=build /image/ ./
USER cicerone
VOLUME /cicerone/data
EXPOSE 3000
ENTRYPOINT ["./cicerone"]
CMD ["serve", "--listen", "0.0.0.0:3000"]
