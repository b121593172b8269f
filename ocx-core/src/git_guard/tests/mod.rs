//! The guard against real Git: attacks on the host, and ordinary work.

mod attacks;
mod life;
mod mounts;
mod place;
mod planned_mounts;
mod work;
