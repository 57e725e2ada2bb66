# Before the files, as one of them belongs to the group.
systemd-sysusers --replace=/usr/lib/sysusers.d/ari-recorder.conf - <<'END'
u ari-recorder - "Call recording service" /var/lib/ari-recorder
END
