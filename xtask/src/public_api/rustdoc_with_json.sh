#!/bin/sh
# rustdoc writes JSON on a nightly toolchain, and on a stable one with this variable. It is set for
# rustdoc alone: seen by build scripts, it would have all dependencies compiled anew.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
