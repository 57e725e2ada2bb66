if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi
if [ "$1" -eq 0 ] && [ -d /var/lib/ari-recorder ]; then
	# Recordings are evidence: no package manager may be what destroyed them.
	rmdir /var/lib/ari-recorder 2>/dev/null || echo "ari-recorder: recordings and database are kept in /var/lib/ari-recorder"
fi
