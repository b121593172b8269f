# What the agent works with: Node.js with npm, and what packages with native code need.
#
# To change: the version of Node.js in BASE, and the packages; for pnpm or Yarn, add a line such as
# `RUN npm install --global pnpm`. No user is needed here: a session runs as whoever starts it. ocx
# adds opencode and ripgrep in a layer of its own.
ARG BASE=node:24-trixie-slim
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates curl git jq less openssh-client procps python3 \
 && rm -rf /var/lib/apt/lists/*

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8
