#!/bin/sh
set -e

case "$1" in
configure | abort-upgrade | abort-deconfigure | abort-remove) ;;
*) exit 0 ;;
esac

if [ "$1" = configure ]; then
	systemd-sysusers ari-recorder.conf
	install -d -m 0750 -o ari-recorder -g ari-recorder /var/lib/ari-recorder
	# dpkg unpacks before there is the group. Who has chosen another one keeps it.
	for path in /etc/ari-recorder /etc/ari-recorder/ari-recorder.yaml; do
		if [ -e "$path" ] && [ "$(stat -c %G "$path")" = root ]; then
			chgrp ari-recorder "$path"
		fi
	done
fi

# As debhelper does: enabled at first, and whatever the administrator made of that later.
deb-systemd-helper unmask ari-recorder.service >/dev/null || true
if deb-systemd-helper --quiet was-enabled ari-recorder.service; then
	deb-systemd-helper enable ari-recorder.service >/dev/null || true
else
	deb-systemd-helper update-state ari-recorder.service >/dev/null || true
fi
if [ -d /run/systemd/system ]; then
	systemctl --system daemon-reload >/dev/null || true
	# Upgraded, it is restarted if it runs: recordings go on in Asterisk meanwhile.
	action=start
	[ -z "$2" ] || action=try-restart
	deb-systemd-invoke $action ari-recorder.service >/dev/null ||
		echo "ari-recorder does not start; see: journalctl -u ari-recorder" >&2
fi
