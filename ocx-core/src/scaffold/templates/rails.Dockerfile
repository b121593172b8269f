# What the agent works with: Ruby, and what a Rails application mostly needs to build its gems, to
# handle images and to talk to PostgreSQL and SQLite.
#
# To change: the version of Ruby in BASE, which should be the one in .ruby-version; the client of
# your database; `nodejs` and `npm` added if the assets need them. No user is needed here: a session
# runs as whoever starts it. ocx adds opencode and ripgrep in a layer of its own.
ARG BASE=ruby:3.4-slim-trixie
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates curl git less libpq-dev libsqlite3-dev libvips \
      libyaml-dev openssh-client pkg-config postgresql-client procps sqlite3 tzdata \
 && rm -rf /var/lib/apt/lists/*

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8

# Gems go to the session's home directory, which is kept, and not into the image, which is not.
ENV BUNDLE_PATH=/ocx/home/.bundle
