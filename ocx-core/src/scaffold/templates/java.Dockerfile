# What the agent works with: a JDK, for projects that bring Gradle or Maven along as a wrapper.
#
# To change: the version of Java in BASE, and the packages; without `gradlew` or `mvnw`, add `gradle`
# or `maven` to them. No user is needed here: a session runs as whoever starts it. ocx adds opencode
# and ripgrep in a layer of its own.
ARG BASE=eclipse-temurin:21-jdk
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates curl git less openssh-client procps unzip \
 && rm -rf /var/lib/apt/lists/*

# The locale that every Debian and Ubuntu has and that knows UTF-8.
ENV LANG=C.UTF-8
