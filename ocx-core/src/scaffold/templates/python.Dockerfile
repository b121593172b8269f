# What the agent works with: Python with pip, and what packages with C code need.
#
# To change: the version of Python in BASE, and the packages; for uv or Poetry, add a line such as
# `RUN pip install uv`. No user is needed here: a session runs as whoever starts it. ocx adds
# opencode and ripgrep in a layer of its own.
ARG BASE=python:3.13-slim-trixie
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates curl git less openssh-client pkg-config procps \
 && rm -rf /var/lib/apt/lists/*

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8

# What a session installs with pip goes to its home directory, which is kept; its programs are found
# there.
ENV PATH="${PATH}:/ocx/home/.local/bin"
