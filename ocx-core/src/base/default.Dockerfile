# The base image that ocx builds when the settings name none: a small Debian with what a coding
# agent uses most. Name an image or a Dockerfile of your own with `custom_base_image` or
# `custom_base_dockerfile`.
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      bash ca-certificates curl git jq less make openssh-client patch procps unzip xz-utils \
 && rm -rf /var/lib/apt/lists/*
