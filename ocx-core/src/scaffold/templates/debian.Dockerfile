# What the agent works with: Debian, a C compiler and common tools.
#
# To change: the release in BASE, and the packages. No user is needed here: a session runs as
# whoever starts it. ocx adds opencode and ripgrep in a layer of its own.
ARG BASE=debian:trixie-slim
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates curl git jq less openssh-client patch procps unzip xz-utils \
 && rm -rf /var/lib/apt/lists/*

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8
