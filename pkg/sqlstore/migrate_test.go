package sqlstore_test

import (
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

func wrongPassword(t *testing.T, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	u.User = url.UserPassword(u.User.Username(), "wr0ng")
	return u.String()
}

// TestSchemaFitsRows compares what the migrations make with what the row structs expect, column by column.
func TestSchemaFitsRows(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.fresh(t))
		for table, want := range sqlstore.RowColumns(t) {
			have, err := s.Columns(table)
			require.NoError(t, err)
			require.Equal(t, want, have, table)
		}
		indexed, err := s.Indexed()
		require.NoError(t, err)
		require.Equal(t, sqlstore.RowIndexed(t), indexed)
	})
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		address := e.fresh(t)
		s := open(t, address)
		r := starting()
		require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
		before := schema(t, s)
		require.NotEmpty(t, before)
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, open(t, address).Migrate(t.Context()))
		require.Equal(t, before, schema(t, s))
		_, err := s.Get(t.Context(), r.ID)
		require.NoError(t, err)
	})
}

func TestManyMigrateAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		address := e.fresh(t)
		errs := make([]error, 5)
		var together sync.WaitGroup
		for i := range errs {
			s := dormant(t, address, 0)
			together.Go(func() { errs[i] = s.Migrate(t.Context()) })
		}
		together.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.Equal(t, []string{"0001", "0002", "0003"}, applied(t, open(t, address)))
	})
}

// TestMigrationThatWasCutOff has made its tables and not yet written down that it did.
func TestMigrationThatWasCutOff(t *testing.T) {
	for _, e := range engines[1:] { // on SQLite a migration is one transaction
		t.Run(e.name, func(t *testing.T) {
			address := e.fresh(t)
			s := open(t, address)
			before := schema(t, s)
			require.NoError(t, s.Exec(t.Context(), "DELETE FROM schema_migrations"))
			for _, table := range []string{"audit_entries", "idempotency_keys"} {
				require.NoError(t, s.Exec(t.Context(), "DROP TABLE "+table))
			}
			require.NoError(t, s.Migrate(t.Context()))
			require.Equal(t, before, schema(t, s))
		})
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		address := e.fresh(t)
		require.NoError(t, open(t, address).Exec(t.Context(), "INSERT INTO schema_migrations VALUES ('9999')"))
		s := dormant(t, address, 0)
		require.ErrorContains(t, s.Migrate(t.Context()), "newer version")
		require.False(t, s.Ready())
	})
}

// schema is everything that the database tells about its tables.
func schema(t *testing.T, s *sqlstore.Store) []string {
	t.Helper()
	lines, err := s.Schema()
	require.NoError(t, err)
	return lines
}

func applied(t *testing.T, s *sqlstore.Store) []string {
	t.Helper()
	names, err := s.Strings("SELECT id FROM schema_migrations ORDER BY id")
	require.NoError(t, err)
	return names
}
