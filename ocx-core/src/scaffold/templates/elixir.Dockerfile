# What the agent works with: Elixir, and a C compiler for packages with native code.
#
# To change: the version of Elixir in BASE, and the packages. The first session installs Hex with
# `mix local.hex --force` into its home directory, which is kept. No user is needed here: a session runs
# as whoever starts it. ocx adds opencode and ripgrep in a layer of its own.
ARG BASE=elixir:1.18-slim
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates curl git inotify-tools less openssh-client procps \
 && rm -rf /var/lib/apt/lists/*

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8
