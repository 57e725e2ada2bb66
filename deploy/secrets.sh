# Makes the secrets of the stack, once: random passwords, each in the volumes of those who need it and of nobody else.
set -eu
random() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }
keep() {
	if [ -e "$1" ]; then return; fi
	printf %s "$2" >"$1.new"
	chmod 444 "$1.new" # the users inside the containers have nothing in common; who may see a volume may read it
	mv "$1.new" "$1"
}
keep /secrets/ari/password "$(random)"
keep /secrets/mysql-root/password "$(random)"
keep /secrets/mysql/password "$(random)"
keep /secrets/mysql/url "mysql://recorder:$(cat /secrets/mysql/password)@mysql:3306/recorder"
