package sqlstore_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

func TestOpenReadsURLs(t *testing.T) {
	tests := []struct{ name, url, fault string }{
		{"a relative path", "sqlite:data/x.db", ""},
		{"an absolute path", "sqlite:/tmp/x.db", ""},
		{"a server", "mysql://user:p%40ss%2Fw%3Aord@db.example:3307/name", ""},
		{"without password and port", "mysql://user@db.example/name", ""},
		{"an IPv6 address", "mysql://user:secret@[::1]:3306/name?tls=false", ""},
		{"with TLS", "mysql://user:secret@db.example/name?tls=true", ""},
		{"TLS of any kind", "mysql://user:secret@db.example/name?tls=skip-verify", ""},
		{"what we set anyway", "mysql://user:secret@db.example/name?parseTime=false&loc=Local&timeout=1h&charset=latin1", ""},
		{"nothing", "", "must begin with sqlite: or mysql://"},
		{"another database", "postgres://user:secret@db.example/name", "must begin with"},
		{"no path", "sqlite:", "must be followed by the path"},
		{"options of SQLite", "sqlite:x.db?mode=ro", "no options"},
		{"no host", "mysql://user:secret@/name", "must have the form"},
		{"no name", "mysql://user:secret@db.example/", "must have the form"},
		{"no user", "mysql://db.example/name", "must have the form"},
		{"a path for a name", "mysql://user:secret@db.example/a/b", "must have the form"},
		{"the form of the driver", "mysql://user:secret@tcp(db.example:3306)/name", "not a URL"},
		{"a password as it is", "mysql://user:secret%zz@db.example/name", "URL-encoded"},
		{"an unknown parameter", "mysql://user:secret@db.example/name?allowAllFiles=true", `unknown parameter "allowAllFiles"`},
		{"an unknown kind of TLS", "mysql://user:secret@db.example/name?tls=secret", "tls must be true"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := sqlstore.Open(sqlstore.Options{URL: test.url})
			if test.fault == "" {
				require.NoError(t, err)
				require.NoError(t, s.Close())
				return
			}
			require.ErrorContains(t, err, test.fault)
			require.ErrorContains(t, err, "database.url")
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

// TestParametersAreOurs gives a server parameters under which times would be read wrongly.
func TestParametersAreOurs(t *testing.T) {
	for _, e := range engines[1:] {
		t.Run(e.name, func(t *testing.T) {
			s := open(t, e.fresh(t)+"?parseTime=false&loc=Local&charset=latin1&timeout=1ns&readTimeout=1ns")
			r := starting()
			r.CreatedAt = time.Date(2026, 11, 23, 7, 17, 2, 694_123_000, time.UTC)
			r.Caller.Name = "Zoë 📞"
			require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
			read, err := s.Get(t.Context(), r.ID)
			require.NoError(t, err)
			require.Equal(t, r, read)
		})
	}
}

// TestMemoryIsAFile keeps a name that SQLite knows from being a database that is gone with its connection.
func TestMemoryIsAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	r := starting()
	require.NoError(t, open(t, "sqlite::memory:").Create(t.Context(), r, recording.Event{}))
	require.FileExists(t, filepath.Join(".", ":memory:"))
}
