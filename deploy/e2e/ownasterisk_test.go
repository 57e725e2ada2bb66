//go:build !stack

package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
	"ari-recorder/deploy/lab"
)

// An Asterisk with the guide's own two files, and the service with its section: a call is recorded.
func TestTheGuidesAsteriskRecords(t *testing.T) {
	g := openGuide(t, "asterisk.md")
	blocks := g.blocks("# 1. Let Asterisk answer")
	pbx := asterisk(t)
	u, err := url.Parse(pbx.URL)
	require.NoError(t, err)
	conf := filepath.Join(pbx.RecordingDir, "../../conf")
	for file, block := range map[string]string{
		"http.conf": g.with(blocks[0], "bindaddr = 127.0.0.1", "bindaddr = 127.0.0.1\nbindport = "+u.Port()),
		"ari.conf":  blocks[1],
	} {
		require.FileExists(t, filepath.Join(conf, file))
		require.NoError(t, os.WriteFile(filepath.Join(conf, file), []byte(block), 0o644))
	}
	console := strings.Split(strings.TrimSpace(blocks[2]), "\n")
	_, err = pbx.Command(t.Context(), between(t, console[0], "asterisk -rx '", "'"))
	require.NoError(t, err)
	said, err := pbx.Command(t.Context(), between(t, console[1], "asterisk -rx '", "'"))
	require.NoError(t, err)
	require.Contains(t, said, between(t, console[1], "grep '", "'"))

	file := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	section := g.with(g.block("# 2. Tell the service"), "http://127.0.0.1:8088/ari", pbx.URL)
	require.NoError(t, os.WriteFile(file, []byte(section), 0o600))
	c, err := config.Load(config.Options{File: file})
	require.NoError(t, err)
	node := c.Asterisk.Nodes[0]
	pbx.Username, pbx.Password = node.Username, node.Password.Reveal() // the only user that there is now
	settings := map[string]string{"ASTERISK_URL": node.URL, "ASTERISK_USERNAME": node.Username, "ASTERISK_PASSWORD": node.Password.Reveal()}
	s := &site{service: serve(t, settings), pbx: pbx}
	s.ready()
	call := s.call(lab.CallOptions{})
	s.record("410", "22")
	s.speak(time.Second)
	s.stop("410")
	s.hangUp(call)
	_, wav := s.hear("22")
	s.holds(wav, call.Caller.Tone, call.Callee.Tone)
}

// between is what stands in a line of the guide between two marks.
func between(t *testing.T, line, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(line, before)
	require.True(t, found, line)
	text, _, found := strings.Cut(rest, after)
	require.True(t, found, line)
	return text
}

// The firewall's lines are taken by nft in a network of its own, and say what they are meant to.
func TestTheGuidesFirewall(t *testing.T) {
	g := openGuide(t, "asterisk.md")
	dir := t.TempDir()
	tools := lab.NewOperator(t, dir)
	for i, rule := range g.blocks("## Firewall")[:2] {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.nft"), []byte(rule), 0o644))
		out, err := tools.Command(t.Context(), "unshare", "--net", "sh", "-ec", "nft -f /srv/rules.nft; nft list ruleset").CombinedOutput()
		require.NoError(t, err, string(out))
		require.Contains(t, string(out), []string{"ip saddr 10.1.0.5 accept", "tcp dport 8080 drop"}[i])
	}
}
