package doctor_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/doctor"
	"ari-recorder/pkg/sqlstore"
)

// nowhere is an Asterisk that is not there: these tests are not about it.
var nowhere = settings{"ASTERISK_URL": "http://127.0.0.1:1/ari"}

// looked has a doctor look at a database; the Asterisk's fault does not count.
func looked(t *testing.T, databaseURL string) report {
	t.Helper()
	r := examine(t, nowhere.with("DATABASE_URL", databaseURL))
	require.Equal(t, "asterisk:connectivity", r.Checks[len(r.Checks)-len(skippedWithoutAsterisk)-1].Name)
	return r
}

var skippedWithoutAsterisk = []string{"credentials", "version", "user", "modules", "events", "recording", "application", "sessions", "linkedid"}

// migrated makes this program's tables.
func migrated(t *testing.T, databaseURL string) {
	t.Helper()
	store, err := sqlstore.Open(sqlstore.Options{URL: databaseURL})
	require.NoError(t, err)
	require.NoError(t, store.Migrate(t.Context()))
	require.NoError(t, store.Close())
}

// says insists on one of the database's checks, whatever Asterisk's are.
func (r report) tells(name string, status doctor.Status, seen, advice string) {
	r.t.Helper()
	c := r.of(name)
	require.Equal(r.t, status, c.Status, "%+v", c)
	require.Contains(r.t, c.Seen, seen)
	require.Contains(r.t, c.Advice, advice)
}

func TestBrokenMariaDB(t *testing.T) {
	d := lab.NewMariaDB(t)
	server(t, d, "MariaDB 10.11")
	require.NoError(t, d.Exec(t.Context(), "SET GLOBAL init_connect='SET timestamp=UNIX_TIMESTAMP()+60'"))
	looked(t, d.URL).tells("database:clock", doctor.Warning, "ahead of this machine's", "timedatectl")
	require.NoError(t, d.Exec(t.Context(), "SET GLOBAL init_connect=''"))
}

func TestBrokenMySQL(t *testing.T) { server(t, lab.NewMySQL(t), "MySQL 9") }

// server breaks a database server in every way but one.
func server(t *testing.T, d *lab.Database, version string) {
	t.Helper()
	ctx := t.Context()
	name := d.URL[strings.LastIndex(d.URL, "/")+1:]
	r := examine(t, on(lab.NewAsterisk(t, lab.AsteriskOptions{})).with("DATABASE_URL", d.URL))
	r.only()
	require.Equal(t, doctor.OK, r.Status)
	r.tells("database:connectivity", doctor.OK, "answered in", "")
	r.tells("database:version", doctor.OK, version, "")
	r.tells("database:schema", doctor.OK, "empty; the service makes its tables", "")
	r.tells("database:write", doctor.OK, "taken back", "")
	r.tells("database:clock", doctor.OK, "agrees to", "")
	require.Empty(t, tables(t, d.URL), "nothing is left")
	migrated(t, d.URL)
	before := tables(t, d.URL)
	looked(t, d.URL).tells("database:schema", doctor.OK, "up to date", "")
	require.Equal(t, before, tables(t, d.URL))

	refused := strings.Replace(d.URL, "@127", "x@127", 1)
	looked(t, refused).tells("database:connectivity", doctor.Fault, "refuses the user lab", "correct user and password in database.url")
	looked(t, strings.Replace(d.URL, name, "lab_none", 1)).tells("database:connectivity", doctor.Fault, "has no database lab_none", "CREATE DATABASE lab_none")
	looked(t, strings.Replace(d.URL, name, "mysql", 1)).tells("database:connectivity", doctor.Fault, "may not use the database mysql", "GRANT ALL ON mysql.*")
	looked(t, "mysql://lab:x@127.0.0.1:1/lab").tells("database:connectivity", doctor.Fault, "nothing listens at 127.0.0.1:1", "start the database server")
	looked(t, "mysql://lab:x@database.invalid/lab").tells("database:connectivity", doctor.Fault, "cannot be resolved: database.invalid", "correct the host in database.url")

	require.NoError(t, d.Exec(ctx, "CREATE USER 'reader'@'%' IDENTIFIED BY 'r'", "GRANT SELECT ON "+name+".* TO 'reader'@'%'"))
	reader := "mysql://reader:r@" + d.URL[strings.Index(d.URL, "@")+1:]
	looked(t, reader).tells("database:write", doctor.Fault, "reader may not write into "+name, "GRANT ALL ON "+name)
	require.NoError(t, d.Exec(ctx, "SET GLOBAL read_only=1"))
	looked(t, d.URL).tells("database:write", doctor.Fault, "nothing can be written", "read-only")
	require.NoError(t, d.Exec(ctx, "SET GLOBAL read_only=0"))

	require.NoError(t, d.Exec(ctx, "DELETE FROM "+name+".schema_migrations WHERE id = '0002'"))
	looked(t, d.URL).tells("database:schema", doctor.Hint, "of an earlier version", "ari-recorder migrate")
	require.NoError(t, d.Exec(ctx, "INSERT INTO "+name+".schema_migrations VALUES ('0002'), ('9999')"))
	r = looked(t, d.URL)
	r.tells("database:schema", doctor.Fault, "of a later version", "install the version")
	r.tells("database:write", doctor.Skipped, "needs the tables of this version", "")
}

// tables lists a server's tables and how many rows its list of migrations has.
func tables(t *testing.T, databaseURL string) (names []string) {
	t.Helper()
	dsn, err := lab.DSN(databaseURL)
	require.NoError(t, err)
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	defer db.Close() //nolint:errcheck // it was only read
	rows, err := db.QueryContext(t.Context(), "SHOW TABLES")
	require.NoError(t, err)
	defer rows.Close() //nolint:errcheck // it was only read
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	return names
}

func TestBrokenSQLite(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "a b", "ari-recorder.db")
	url := "sqlite:" + file
	r := looked(t, url)
	r.tells("database:connectivity", doctor.OK, "will be made at the service's first start", "")
	require.Empty(t, files(t, folder), "nothing is left")

	migrated(t, url)
	before := files(t, folder)
	r = looked(t, url)
	r.tells("database:version", doctor.OK, "SQLite 3", "")
	r.tells("database:schema", doctor.OK, "up to date", "")
	r.tells("database:write", doctor.OK, "taken back", "")
	require.Equal(t, before, files(t, folder), "nothing is left")

	require.NoError(t, os.WriteFile(file+".txt", []byte(strings.Repeat("this is no database\n", 100)), 0o600))
	looked(t, url+".txt").tells("database:connectivity", doctor.Fault, "cannot be opened", "give the service's user the file")
	looked(t, "sqlite:"+filepath.Join(file, "below.db")).tells("database:connectivity", doctor.Fault, "cannot be made", "install -d")
	looked(t, "sqlite:/proc/ari-recorder.db").tells("database:connectivity", doctor.Fault, "cannot be made at /proc/ari-recorder.db", "install -d")
}
