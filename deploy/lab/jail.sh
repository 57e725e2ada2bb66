# Runs as process 1 of a mount and a pid namespace of its own: $1 is the root folder, $2 the folder to be seen in it as /srv, $3 the host's name.
# What is mounted here is seen here only, and goes with the namespace. The shared root folder is read-only: no server changes what the next one finds.
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/tmp"
mount -t tmpfs tmpfs "$1/run"
mount --bind "$2" "$1/srv"
# Each SIP call blocks for seconds if Asterisk cannot look up its own host name and A.ROOT-SERVERS.NET.
printf '127.0.0.1 localhost %s A.ROOT-SERVERS.NET\n' "$3" >"$1/tmp/hosts"
mount --bind "$1/tmp/hosts" "$1/etc/hosts"
cd "$1"
# Standard input is a pipe from the program that started us: its end, even by SIGKILL, is our end, and the kernel then kills all of the namespace.
exec chroot . /bin/sh -c 'echo ready; read -r _ || exit 0'
