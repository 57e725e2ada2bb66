package sqlstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

func TestAttachUsesWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		address := e.fresh(t)
		serving := open(t, address)
		r := starting()
		require.NoError(t, serving.Create(t.Context(), r, recording.Event{}))
		beside := dormant(t, address, 0)
		require.NoError(t, beside.Attach(t.Context()))
		require.True(t, beside.Ready())
		_, err := beside.Get(t.Context(), r.ID)
		require.NoError(t, err)
		require.NoError(t, beside.Audit(t.Context(), recording.AuditEntry{Action: recording.ActionPlay}))
	})
}

func TestAttachMigratesNothing(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		for statement, want := range map[string]error{
			"DELETE FROM schema_migrations":                      sqlstore.ErrSchemaOlder,
			"DROP TABLE schema_migrations":                       sqlstore.ErrSchemaOlder,
			"INSERT INTO schema_migrations (id) VALUES ('9999')": sqlstore.ErrSchemaNewer,
		} {
			address := e.fresh(t)
			serving := open(t, address)
			require.NoError(t, serving.Exec(t.Context(), statement))
			before := schema(t, serving)
			beside := dormant(t, address, 0)
			require.ErrorIs(t, beside.Attach(t.Context()), want)
			require.False(t, beside.Ready())
			require.Equal(t, before, schema(t, serving))
		}
	})
}

func TestAttachWithoutADatabase(t *testing.T) {
	s := dormant(t, "sqlite:"+filepath.Join(t.TempDir(), "nowhere", "x.db"), 0)
	require.ErrorIs(t, s.Attach(t.Context()), recording.ErrStoreDown)
	file := filepath.Join(t.TempDir(), "x.db")
	require.NoError(t, os.WriteFile(file, []byte("this is no database, whatever it is called"), 0o600))
	require.Error(t, dormant(t, "sqlite:"+file, 0).Attach(t.Context()))
}
