#!/bin/sh
# Hands an address to ocx, which shows it to the user's browser. opencode is the runtime.
BUN_BE_BUN=1 exec /ocx/bin/opencode --env-file=/dev/null --config=/dev/null /ocx/login/open.js "$@"
