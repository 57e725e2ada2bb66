# Becomes systemd as process 1 of namespaces of its own (mount, pid, uts, ipc, net, cgroup): $1 is the root folder, $2 a folder of the host's to
# be seen as /srv, $3 an empty folder in which the machine is put together, $4 the name of its control group. Whatever is written elsewhere is in memory and goes with the namespaces.
set -e
here=$3
mount -t tmpfs tmpfs "$here"
mkdir "$here/cgroup" "$here/upper" "$here/work" "$here/root"

# The hierarchy of version 2 is always there, whether or not the host's own systemd uses it. What a killed machine left is empty, and goes.
mount -t cgroup2 cgroup2 "$here/cgroup"
[ ! -d "$here/cgroup/$4" ] || find "$here/cgroup/$4" -depth -type d -exec rmdir {} +
mkdir "$here/cgroup/$4"
echo 0 >"$here/cgroup/$4/cgroup.procs"

mount -t overlay -o "lowerdir=$1,upperdir=$here/upper,workdir=$here/work" overlay "$here/root"
mount --bind "$2" "$here/root/srv"
cd "$here/root"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
# The kernel is the host's: its switches are out of reach.
for switch in proc/sys proc/sysrq-trigger; do
	[ -e $switch ] || continue
	mount --bind $switch $switch
	mount -o remount,bind,ro $switch
done
for device in null zero full random urandom tty; do
	: >dev/$device
	mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
# apt's own hours must not take dpkg's lock from a test.
ln -sf /dev/null etc/systemd/system/apt-daily.timer
ln -sf /dev/null etc/systemd/system/apt-daily-upgrade.timer
echo machine >etc/hostname
mkdir mnt/host
pivot_root . mnt/host

# The cgroup namespace comes last, when the process is where the machine's root is to be; then nothing of the host is left to be seen.
exec unshare --cgroup sh -ec '
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	umount -l /mnt/host
	cd /
	# As it is on real machines. In a container systemd leaves that to whoever made it, and without it services see no credentials.
	mount --make-rshared /
	exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin NOTIFY_SOCKET=/srv/.booted setpriv \
		--bounding-set=-sys_module,-sys_rawio,-sys_time,-sys_boot,-syslog,-mac_admin,-mac_override \
		/lib/systemd/systemd'
