package lab

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
)

func open(t *testing.T, databaseURL string) *sql.DB {
	t.Helper()
	dsn, err := DSN(databaseURL)
	require.NoError(t, err)
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func ask(t *testing.T, db *sql.DB, query string) (answer string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&answer))
	return answer
}

func TestDatabases(t *testing.T) {
	for name, c := range map[string]struct {
		start   func(testing.TB) *Database
		version string
	}{
		"MariaDB": {NewMariaDB, `^10\.11\..*MariaDB`},
		"MySQL":   {NewMySQL, `^[89]\.`},
	} {
		t.Run(name, func(t *testing.T) {
			d := c.start(t)
			require.Regexp(t, `^mysql://lab:[^@]+@127\.0\.0\.1:\d+/lab_1$`, d.URL)
			db := open(t, d.URL)
			require.Regexp(t, c.version, ask(t, db, "SELECT VERSION()"))
			require.Equal(t, "1", ask(t, db, "SELECT @@innodb_flush_log_at_trx_commit"))

			for _, statement := range []string{"CREATE TABLE kept (id INT PRIMARY KEY)", "INSERT INTO kept VALUES (7)"} {
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			require.NoError(t, d.Kill())
			require.Error(t, db.PingContext(t.Context()))
			require.NoError(t, d.Restart(t.Context()))
			require.Equal(t, "7", ask(t, db, "SELECT id FROM kept"))

			second, err := d.NewDatabase(t.Context())
			require.NoError(t, err)
			require.NotEqual(t, d.URL, second)
			require.Equal(t, "0", ask(t, open(t, second), "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"))
		})
	}
}
