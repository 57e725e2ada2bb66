package e2e

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// database starts a server that ends with the test and returns the URL of an empty schema.
func database(t *testing.T, root lab.Root, start func(context.Context, lab.DBOptions) (*lab.Database, error)) string {
	t.Helper()
	return server(t, root, start).URL
}

func server(t *testing.T, root lab.Root, start func(context.Context, lab.DBOptions) (*lab.Database, error)) *lab.Database {
	t.Helper()
	require.NoError(t, lab.Install(t.Context(), t.Output(), root))
	db, err := start(t.Context(), lab.DBOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
