# What the agent works with: Go, and a C compiler for cgo.
#
# To change: the version of Go in BASE, and the packages; add tools with lines such as
# `RUN GOBIN=/usr/local/bin go install golang.org/x/tools/gopls@latest`. No user is needed here: a
# session runs as whoever starts it. ocx adds opencode and ripgrep in a layer of its own.
ARG BASE=golang:1.25-trixie
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates curl git less openssh-client procps \
 && rm -rf /var/lib/apt/lists/*

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8

# Modules go to the session's home directory, which is kept, and not into the image, which is not.
ENV GOPATH=/ocx/home/go
