if [ "$1" -eq 0 ]; then
	systemctl --no-reload disable ari-recorder.service >/dev/null 2>&1 || true
	if [ -d /run/systemd/system ]; then
		systemctl stop ari-recorder.service || true
	fi
fi
