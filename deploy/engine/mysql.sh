#!/bin/sh
# The part of the official image's interface that a stack uses: MYSQL_DATABASE, MYSQL_USER, MYSQL_PASSWORD and MYSQL_ROOT_PASSWORD, the last two also
# as _FILE; port 3306 on all addresses; data in /var/lib/mysql; the database and its user are made when that is empty.
set -eu
case "${1-}" in -*) set -- mysqld "$@" ;; esac
[ "${1-}" = mysqld ] || exec "$@"
from_file() {
	eval "file=\${${1}_FILE-} value=\${$1-}"
	if [ -n "$file" ]; then value=$(cat "$file"); fi
	printf %s "$value"
}
data=/var/lib/mysql
if [ ! -d "$data/mysql" ]; then
	root=$(from_file MYSQL_ROOT_PASSWORD) password=$(from_file MYSQL_PASSWORD)
	if [ -z "$root" ]; then echo "MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE must be given" >&2; exit 1; fi
	chown mysql: "$data"
	mysqld --no-defaults --initialize-insecure --user=mysql --datadir="$data"
	umask 077
	{
		echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$root'; CREATE USER 'root'@'%' IDENTIFIED BY '$root';"
		echo "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
		if [ -n "${MYSQL_DATABASE-}" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;"; fi
		if [ -n "${MYSQL_USER-}" ]; then
			echo "CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$password'; GRANT ALL ON \`${MYSQL_DATABASE-}\`.* TO '$MYSQL_USER'@'%';"
		fi
	} >/run/setup.sql
	chown mysql: /run/setup.sql
	set -- "$@" --init-file=/run/setup.sql
fi
shift
mkdir -p /run/mysqld && chown mysql: /run/mysqld
exec mysqld --no-defaults --user=mysql --datadir="$data" --socket=/run/mysqld/mysqld.sock --bind-address='*' "$@"
