# Runs as process 1 of mount, pid and network namespaces of its own: $1 is the root folder, $2 the engine's store, $3 the folder to be seen as
# /srv, $4 the address of its default network, $5 its control group. What is mounted here is seen here only, and goes with the namespace. File 3 is
# the lock of the store, which is held for as long as anything of the engine runs.
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys"
if [ -d /sys/fs/cgroup ]; then mount --rbind /sys/fs/cgroup "$1/sys/fs/cgroup"; fi
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$1/dev/${node%:*}" c 1 "${node#*:}"; done
mkdir "$1/dev/pts" "$1/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
ln -s pts/ptmx "$1/dev/ptmx"
mount -t tmpfs tmpfs "$1/tmp"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs tmpfs "$1/etc/docker"
mount -t tmpfs tmpfs "$1/opt/containerd"
mount --bind "$2" "$1/var/lib/docker"
# The project's folder, over which what is written stays in memory.
mkdir "$1/run/project" "$1/run/project/upper" "$1/run/project/work"
mount -t overlay -o "lowerdir=$3,upperdir=$1/run/project/upper,workdir=$1/run/project/work" overlay "$1/srv"
ip link set lo up
# Not chroot alone: who enters a container's namespace by docker exec would find himself in the machine's root folder.
mkdir "$1/tmp/machine"
cd "$1"
pivot_root . tmp/machine
# Standard input is a pipe from the program that started us: its end, even by SIGKILL, is our end. The engine then gets the time to end in order;
# if even that is cut off, the kernel kills all of the namespace with us.
exec chroot . /bin/sh -c '
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
umount -l /tmp/machine
rmdir /tmp/machine
dockerd --log-level warn --storage-driver overlay2 --bip "$1" --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$2" --shutdown-timeout 5 &
engine=$!
{ read -r _ || kill "$engine"; } <&4 &
wait "$engine"' engine "$4" "$5" 4<&0
