# What the agent works with: Alpine Linux with common tools.
#
# To change: the release in BASE, and the packages; but `libstdc++` and `libgcc` have to stay, since
# the build of opencode for Alpine needs them. No user is needed here: a session runs as whoever
# starts it. ocx adds opencode and ripgrep in a layer of its own.
ARG BASE=alpine:3.22
FROM ${BASE}

RUN apk add --no-cache \
      bash build-base ca-certificates curl git jq less libgcc libstdc++ openssh-client procps

# musl knows UTF-8 only; programs look at the variable nevertheless.
ENV LANG=C.UTF-8
