package e2e

import (
	"crypto/rand"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/run"
)

// Built with the tag stack, this package leaves out the tests that need client programs, and the minutes that it takes to compile what they need.

// stackURL is the service of a stack that runs already, as in docker-compose.yml; without it each test has a site of its own.
var stackURL = os.Getenv("E2E_RECORDER_URL")

// joinStack makes the stack a site.
func joinStack(t *testing.T) *site {
	t.Helper()
	where, err := lab.NamedElsewhere()
	require.NoError(t, err)
	pbx, err := lab.Join(t.Context(), where)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pbx.Close()) })
	s := &site{service: &service{Process: &run.Process{URL: stackURL}, t: t}, pbx: pbx, prefix: rand.Text() + " "}
	s.ready()
	return s
}
