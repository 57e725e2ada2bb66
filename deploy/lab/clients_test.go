package lab_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// Every program that a test may want is there and sees /srv, which it may write to.
func TestClients(t *testing.T) {
	c := lab.NewClients(t)
	require.NoError(t, c.Put("folder/words.txt", []byte("žluť\n")))
	for name, argv := range map[string][]string{
		"php":    {"php", "-r", `new SoapClient(null, ["location" => "http://127.0.0.1/", "uri" => "u"]); readfile("folder/words.txt");`},
		"python": {"python3", "-c", `import zeep, requests; print(open("/srv/folder/words.txt").read(), end="")`},
		"perl":   {"perl", "-MSOAP::Lite", "-pe", "1", "folder/words.txt"},
		"curl":   {"curl", "-sS", "file:///srv/folder/words.txt"},
		"jq":     {"jq", "-Rr", ".", "folder/words.txt"},
	} {
		out, err := c.Command(t.Context(), argv...).CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
		require.Equal(t, "žluť\n", string(out), name)
	}
	out, err := c.Command(t.Context(), "sh", "-c", "javac -version && id -un && touch mine").CombinedOutput()
	require.NoError(t, err, string(out))
	require.True(t, strings.HasPrefix(string(out), "javac 17") && strings.HasSuffix(string(out), "\nnobody\n"), string(out))
	require.FileExists(t, filepath.Join(c.Dir, "mine"))
}

func TestChromiumAnswers(t *testing.T) {
	c := lab.NewClients(t)
	devTools, err := c.Browse(t.Context())
	require.NoError(t, err)
	require.Contains(t, get(t, devTools+"/json/version"), "Chrome")
}

func TestNginxServesAFolder(t *testing.T) {
	require.NoError(t, lab.Install(t.Context(), os.Stderr, lab.RootClients))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("0123456789"), 0o600))
	n, err := lab.StartNginx(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, "0123456789", get(t, n.URL+"/file"))
	require.NoError(t, n.Close())
	_, err = http.Get(n.URL + "/file")
	require.Error(t, err, "it is gone")
}

func get(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	return string(body)
}
