install -d -m 0750 -o ari-recorder -g ari-recorder /var/lib/ari-recorder
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	if [ "$1" -gt 1 ]; then
		# Restarted if it runs: recordings go on in Asterisk meanwhile.
		systemctl try-restart ari-recorder.service || echo "ari-recorder does not start; see: journalctl -u ari-recorder" >&2
	fi
fi
if [ "$1" -eq 1 ]; then
	# The distribution's presets say whether it is enabled; as with any other package it is not started.
	systemctl --no-reload preset ari-recorder.service >/dev/null 2>&1 || true
fi
