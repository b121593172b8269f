# Makes the files of another Debian release the root of this process, in the mount namespace that it was
# started in, and stays: `enter-root FILES STATE`. What is written there goes to STATE. A mere chroot will
# not do: the kernel lets no user make a user namespace in one.
set -eu
files=$1
state=$2
root=$state/root
mount -t overlay overlay -o "lowerdir=$files,upperdir=$state/upper,workdir=$state/work" "$root"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
# Podman keeps its locks there, one file for all storages of a user: another Podman's are not for this one.
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind /tmp "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
# Users and name servers are this machine's, and so are the authorities that it trusts.
cat /etc/passwd >"$root/etc/passwd"
cat /etc/group >"$root/etc/group"
cat /etc/subuid >"$root/etc/subuid"
cat /etc/subgid >"$root/etc/subgid"
cat /etc/hosts >"$root/etc/hosts"
rm -f "$root/etc/resolv.conf"
cat /etc/resolv.conf >"$root/etc/resolv.conf"
cat /etc/ssl/certs/ca-certificates.crt >"$root/etc/ssl/certs/ca-certificates.crt"
mkdir -p "$root/old-root"
cd "$root"
pivot_root . old-root
mount -t proc proc /proc
# crun refuses a mixture of cgroup versions.
umount --recursive --lazy /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
umount --lazy /old-root
exec sleep infinity
