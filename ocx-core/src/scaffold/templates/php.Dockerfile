# What the agent works with: PHP with Composer, and the extensions that Symfony and Laravel mostly need.
#
# To change: the version of PHP in BASE, the extensions and their libraries; `nodejs` and `npm` added if
# the assets need them. No user is needed here: a session runs as whoever starts it. ocx adds opencode
# and ripgrep in a layer of its own.
ARG BASE=php:8.4-cli
FROM ${BASE}

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates curl git less libicu-dev libpq-dev libzip-dev openssh-client procps unzip \
 && rm -rf /var/lib/apt/lists/*

# The official image builds its extensions. A PHP of Debian's has them in packages.
RUN if command -v docker-php-ext-install; then \
      docker-php-ext-install intl pdo_mysql pdo_pgsql zip; \
    fi

RUN if ! command -v composer; then \
      curl --fail --silent --show-error --location --output /usr/local/bin/composer \
        https://getcomposer.org/download/latest-stable/composer.phar \
      && chmod 755 /usr/local/bin/composer; \
    fi

# The locale that every Debian has and that knows UTF-8.
ENV LANG=C.UTF-8
