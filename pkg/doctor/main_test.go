package doctor_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/config"
	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/doctor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings are environment variables without their prefix.
type settings map[string]string

// on leads to an Asterisk.
func on(pbx *lab.Asterisk) settings {
	return settings{"ASTERISK_URL": pbx.URL, "ASTERISK_USERNAME": pbx.Username, "ASTERISK_PASSWORD": pbx.Password}
}

// with adds or overwrites settings: name, value, name, value, …
func (s settings) with(pairs ...string) settings {
	all := maps.Clone(s)
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

// examine has a doctor look at a site with a data folder of its own and these settings.
func examine(t *testing.T, s settings) report {
	t.Helper()
	return examineAt(t, t.Context(), s, doctor.Options{})
}

func examineAt(t *testing.T, ctx context.Context, s settings, o doctor.Options) report {
	t.Helper()
	c := load(t, s)
	var told []doctor.Check
	o.Config = c
	r := doctor.Examine(ctx, o, func(c doctor.Check) { told = append(told, c) })
	require.Equal(t, told, r.Checks, "what is told is what is reported")
	secret := s["ASTERISK_PASSWORD"]
	for _, c := range r.Checks {
		require.NotEmpty(t, c.Seen, c.Name)
		require.NotContains(t, c.Seen+c.Advice, "\n", c.Name)
		require.True(t, secret == "" || !strings.Contains(c.Seen+c.Advice, secret), "%s tells the password", c.Name)
		require.Equal(t, c.Status == doctor.Hint || c.Status == doctor.Warning || c.Status == doctor.Fault, c.Advice != "", "%+v", c)
	}
	said := report{t, r}
	said.isHonest(c)
	return said
}

// isHonest insists that nothing is called well unless a trial was recorded on every node.
func (r report) isHonest(c config.Config) {
	r.t.Helper()
	recorded := 0
	for _, c := range r.Checks {
		if c.Name == "asterisk:recording" && strings.HasPrefix(c.Seen, "a trial was recorded") {
			recorded++
		}
	}
	require.True(r.t, r.Status == doctor.Fault || recorded == len(c.Asterisk.Nodes), "%+v", r.Checks)
}

func load(t *testing.T, s settings) config.Config {
	t.Helper()
	environ := []string{"ARI_RECORDER_DATA_DIR=" + filepath.Join(t.TempDir(), "data"), "ARI_RECORDER_HTTP_LISTEN=127.0.0.1:0"}
	for name, value := range s {
		environ = append(environ, "ARI_RECORDER_"+name+"="+value)
	}
	c, err := config.Load(config.Options{Environ: environ, Search: []string{}})
	require.NoError(t, err)
	return c
}

func loadFile(t *testing.T, file string) config.Config {
	t.Helper()
	c, err := config.Load(config.Options{File: file})
	require.NoError(t, err)
	return c
}

// report is what a doctor has said.
type report struct {
	t *testing.T
	doctor.Report
}

// of finds a check.
func (r report) of(name string) doctor.Check {
	r.t.Helper()
	i := slices.IndexFunc(r.Checks, func(c doctor.Check) bool { return c.Name == name })
	require.GreaterOrEqual(r.t, i, 0, "%s was not looked at: %+v", name, r.Checks)
	return r.Checks[i]
}

// says insists on a check's status, on what was seen, and on what is advised.
func (r report) says(name string, status doctor.Status, seen, advice string) {
	r.t.Helper()
	c := r.of(name)
	require.Equal(r.t, status, c.Status, "%+v", c)
	require.Contains(r.t, c.Seen, seen)
	require.Contains(r.t, c.Advice, advice)
	if status == doctor.Fault || status == doctor.Warning {
		require.Equal(r.t, status, r.Status, "%+v", r.Checks)
	}
}

// only insists that nothing but the named checks is worth a word.
func (r report) only(names ...string) {
	r.t.Helper()
	for _, c := range r.Checks {
		if c.Status != doctor.OK && c.Status != doctor.Skipped {
			require.Contains(r.t, names, c.Name, "%+v", c)
		}
	}
}

// within bounds what a test waits for.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// files lists all that is below a folder.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err == nil && path != folder {
			names = append(names, path)
		}
		return err
	}))
	return names
}
