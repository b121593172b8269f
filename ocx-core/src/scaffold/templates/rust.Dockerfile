# What the agent works with: Rust with Clippy and rustfmt, and what crates with C code need.
#
# To change: the version of Rust in BASE, and the libraries. No user is needed here: a session runs
# as whoever starts it. ocx adds opencode and ripgrep in a layer of its own.
ARG BASE=rust:1-slim-trixie
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates cmake curl git less libssl-dev openssh-client pkg-config \
      procps \
 && rm -rf /var/lib/apt/lists/*

# The official image has the minimal profile only. A Rust of Debian's has no rustup.
RUN if command -v rustup; then rustup component add clippy rustfmt; fi

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8

# Empty is as good as unset: crates go to the session's home directory, which is kept, and not into
# the image, which is not.
ENV CARGO_HOME=
