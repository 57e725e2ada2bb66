# Writes the user of ARI, whose name is in $ARI_USERNAME and whose password is in the file $ARI_PASSWORD_FILE, and becomes Asterisk.
set -eu
umask 077
printf '[%s]\ntype = user\nread_only = no\npassword = %s\n' "$ARI_USERNAME" "$(cat "$ARI_PASSWORD_FILE")" >/run/asterisk/ari-user.conf
umask 022
exec asterisk -f -n "$@"
