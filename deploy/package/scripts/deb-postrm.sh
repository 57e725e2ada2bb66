#!/bin/sh
set -e

if [ -d /run/systemd/system ]; then
	systemctl --system daemon-reload >/dev/null || true
fi
case "$1" in
remove)
	if [ -x /usr/bin/deb-systemd-helper ]; then
		deb-systemd-helper mask ari-recorder.service >/dev/null || true
	fi
	;;
purge)
	if [ -x /usr/bin/deb-systemd-helper ]; then
		deb-systemd-helper purge ari-recorder.service >/dev/null || true
		deb-systemd-helper unmask ari-recorder.service >/dev/null || true
	fi
	# With the keys and passwords that were put beside the file.
	rm -rf /etc/ari-recorder
	# Recordings are evidence: no package manager may be what destroyed them. Their owner remains, too.
	if [ -d /var/lib/ari-recorder ] && ! rmdir /var/lib/ari-recorder 2>/dev/null; then
		echo "ari-recorder: recordings and database are kept in /var/lib/ari-recorder; if nobody needs them any more: rm -r /var/lib/ari-recorder"
	fi
	;;
esac
