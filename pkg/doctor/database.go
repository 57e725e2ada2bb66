package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"ari-recorder/config"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/sqlstore"
)

// The checks of the database.
const (
	databaseConnectivity = "database:connectivity"
	databaseVersion      = "database:version"
	databaseSchema       = "database:schema"
	databaseWrite        = "database:write"
	databaseClock        = "database:clock"
)

// database looks whether the service could keep its rows.
func (o Options) database(ctx context.Context) []Check {
	n, d := &notes{}, o.Config.Database
	if d.Driver == config.SQLite {
		if _, err := os.Stat(d.Path); err != nil {
			o.newFile(n, d.Path)
			return n.list
		}
	}
	seen, err := sqlstore.Examine(ctx, d.URL.Reveal())
	if seen.Server == "" {
		s, advice := o.databaseAway(err)
		n.fault(databaseConnectivity, s, advice)
		n.skip("needs the database", databaseVersion, databaseSchema, databaseWrite, databaseClock)
		return n.list
	}
	n.ok(databaseConnectivity, "%s answered in %s", d, milliseconds(seen.Took))
	o.version(n, seen)
	o.schema(n, seen)
	o.rights(n, seen, err)
	o.databaseTime(n, seen)
	return n.list
}

// newFile looks whether the database can be made where it is to be.
func (o Options) newFile(n *notes, path string) {
	folder, err := archive.Nearest(filepath.Dir(path))
	if err == nil {
		err = archive.Try(folder)
	}
	if err != nil {
		n.fault(databaseConnectivity, "the database cannot be made at "+path+": "+err.Error(), o.giveFolder(filepath.Dir(path)))
		n.skip("needs the database", databaseSchema, databaseWrite)
		return
	}
	n.ok(databaseConnectivity, "%s will be made at the service's first start", path)
	n.ok(databaseSchema, "will be made with it")
	n.ok(databaseWrite, "%s can be written in", folder)
}

// databaseAway says why the database was not reached, and what helps.
func (o Options) databaseAway(err error) (seen, advice string) {
	d := o.Config.Database
	var (
		resolve   *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.Is(err, sqlstore.ErrDenied):
		return fmt.Sprintf("%s refuses the user %s with this password", d.Address, d.Username),
			"correct user and password in database.url (the password URL-encoded), or on the server: " + grant(d)
	case errors.Is(err, sqlstore.ErrNoDatabase):
		return fmt.Sprintf("%s has no database %s", d.Address, d.Name), fmt.Sprintf("on the server: CREATE DATABASE %s; %s", d.Name, grant(d))
	case errors.Is(err, sqlstore.ErrForbidden) && d.Driver == config.MySQL:
		return fmt.Sprintf("the user %s may not use the database %s", d.Username, d.Name), "on the server: " + grant(d)
	case errors.As(err, &resolve):
		return "the database's host cannot be resolved: " + resolve.Name, "correct the host in database.url, or add it to DNS or /etc/hosts"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + d.Address, "start the database server, or correct host and port in database.url"
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid):
		return "the database's certificate is not trusted: " + err.Error(), "add its authority to this machine's (update-ca-certificates), or write tls=skip-verify or tls=false into database.url"
	case d.Driver == config.SQLite:
		return "the database cannot be opened: " + err.Error(), "give the service's user the file " + d.Path + " and its folder"
	default:
		return "the database cannot be reached: " + err.Error(), "correct host and port in database.url, and let the firewall pass it"
	}
}

func grant(d config.Database) string {
	return fmt.Sprintf("GRANT ALL ON %s.* TO '%s'@'%%'", d.Name, d.Username)
}

func (o Options) version(n *notes, seen sqlstore.Examination) {
	if seen.Tested {
		n.ok(databaseVersion, "%s", seen.Server)
		return
	}
	n.warning(databaseVersion, seen.Server+" is older than what this program is tested with", "use MySQL 8 or later, MariaDB 10.11 or later, or SQLite")
}

func (o Options) schema(n *notes, seen sqlstore.Examination) {
	switch seen.Schema {
	case sqlstore.SchemaCurrent:
		n.ok(databaseSchema, "up to date")
	case sqlstore.SchemaNone:
		n.ok(databaseSchema, "empty; the service makes its tables at its first start")
	case sqlstore.SchemaOlder:
		n.hint(databaseSchema, "of an earlier version; the service brings it up to date at its next start", "at a time of your choice, with the service stopped: ari-recorder migrate")
	case sqlstore.SchemaNewer:
		n.fault(databaseSchema, "of a later version of this program, which refuses it", "install the version of ari-recorder that was here last")
	default:
		n.fault(databaseSchema, "cannot be read", "on the server: "+grant(o.Config.Database))
	}
}

func (o Options) rights(n *notes, seen sqlstore.Examination, err error) {
	d := o.Config.Database
	switch {
	case err == nil && seen.Schema == sqlstore.SchemaNewer, seen.Schema == "":
		n.skip("needs the tables of this version", databaseWrite)
	case err == nil:
		n.ok(databaseWrite, "a trial was written and taken back")
	case d.Driver == config.SQLite:
		n.fault(databaseWrite, d.Path+" cannot be written: "+err.Error(), "give the service's user the file and its folder, and room on the disk: chown SERVICE_USER "+filepath.Dir(d.Path)+" "+d.Path+"*")
	case errors.Is(err, sqlstore.ErrForbidden):
		n.fault(databaseWrite, fmt.Sprintf("the user %s may not write into %s, or not make tables there", d.Username, d.Name), "on the server: "+grant(d))
	default:
		n.fault(databaseWrite, "nothing can be written: "+err.Error(), "look whether the server is a replica, read-only, or its disk full")
	}
}

func (o Options) databaseTime(n *notes, seen sqlstore.Examination) {
	if o.Config.Database.Driver == config.SQLite {
		return
	}
	if words := skew(seen.Ahead, seen.Took/2); words != "" {
		n.warning(databaseClock, "the database's clock is "+words, setClocks)
		return
	}
	n.ok(databaseClock, "agrees to %s", max(seen.Ahead.Abs(), seen.Took/2).Round(time.Millisecond))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
