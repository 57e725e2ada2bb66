//go:build !stack

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// backedUp is a site whose data is backed up, lost and restored, by the guide's own commands.
type backedUp struct {
	*site
	guide
	tools    *lab.Operator
	dir      string // the tools' /srv
	settings string // the guide's, with this site's folders
	database string // the name of the guide's headings
	script   func(block string) string
}

// What was acknowledged before a backup is there after the restore, what ran meanwhile ends up right.
func TestBackupAndRestore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		b := newBackedUp(t, "SQLite", "")
		b.script = func(block string) string { return block }
		b.story()
	})
	t.Run("mariadb", func(t *testing.T) {
		address := mariaDB(t)
		b := newBackedUp(t, "MariaDB", address)
		b.writeCredentials(address)
		u, err := url.Parse(address)
		require.NoError(t, err)
		b.script = func(block string) string {
			return b.with(block, "/etc/ari-recorder/backup.cnf", "/srv/backup.cnf", "ari_recorder", u.Path[1:])
		}
		b.story()
	})
}

func newBackedUp(t *testing.T, database, address string) *backedUp {
	t.Helper()
	b := &backedUp{guide: openGuide(t, "backup.md"), dir: t.TempDir(), database: database}
	b.site = open(t, map[string]string{"DATA_DIR": filepath.Join(b.dir, "data"), "DATABASE_URL": address})
	b.settings = b.with(b.block("# Settings"), "/var/lib/ari-recorder", "/srv/data", "/var/backups/ari-recorder", "/srv/backup")
	b.tools = lab.NewOperator(t, b.dir)
	return b
}

// writeCredentials fills in the guide's file.
func (b *backedUp) writeCredentials(address string) {
	t := b.t
	u, err := url.Parse(address)
	require.NoError(t, err)
	password, _ := u.User.Password()
	file := b.with(b.block("## 1. The database: MariaDB"), "3306", u.Port(), "user = ari-recorder", "user = "+u.User.Username(), "choose-one", password)
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "backup.cnf"), []byte(file), 0o600))
}

// does runs a block of the guide with the settings before it.
func (b *backedUp) does(block string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	out, err := b.tools.Command(ctx, "sh", "-c", b.settings+block).CombinedOutput()
	require.NoError(b.t, err, "%s\n%s", block, out)
}

// talk is a call whose recording is followed through backup, loss and restore.
type talk struct {
	*lab.Call
	id, tag string
}

// talking starts a call between two phones and its recording.
func (b *backedUp) talking(tag, from, to string) *talk {
	b.t.Helper()
	c := b.call(lab.CallOptions{From: from, To: to})
	return &talk{c, b.record(to, tag), tag}
}

func (b *backedUp) story() {
	t := b.t
	kept := b.talking("kept", "411", "410")
	again := b.talking("kept-too", "413", "412")
	between := b.talking("between", "415", "414")
	running := b.talking("running", "417", "416")
	ended := b.talking("ended", "419", "418")
	music := b.call(lab.CallOptions{From: "north-office", To: "600"})
	lost := &talk{music, b.record("north-office", "lost"), "lost"}
	b.speak(time.Second)
	before := map[string]string{}
	for _, c := range []*talk{kept, again} {
		b.hangUp(c.Call)
		before[c.tag] = b.sum(c)
	}

	b.dumps()
	b.hangUp(between.Call)
	before[between.tag] = b.sum(between)
	b.does(b.block("## 2. The archive"))

	b.Kill()
	require.NoError(t, os.RemoveAll(filepath.Join(b.dir, "data", "recordings")))
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "data", "ari-recorder.db"), []byte("burnt"), 0o600))
	b.hangUp(ended.Call)
	b.hangUp(lost.Call)
	b.forgets(lost)
	b.restores()
	b.start()
	b.ready()

	b.answers(http.StatusUnprocessableEntity, "retrieve", "tag", lost.tag, "username", "fred")
	for _, c := range []*talk{kept, again, between} {
		require.Equal(t, before[c.tag], b.sum(c), c.tag)
	}
	b.sum(ended)
	require.Equal(t, running.id, b.describe("416", running.tag).ID, "what still runs is taken back")
	b.speak(time.Second)
	b.hangUp(running.Call)
	b.sum(running)
	_, wav := b.hear(running.tag)
	b.holds(wav, running.Caller.Tone, running.Callee.Tone)
	require.Greater(t, length(wav), 2*time.Second, "from before the backup to after the restore")
	b.noSnoops()
	b.verifies()
}

// dumps takes the backup of the database.
func (b *backedUp) dumps() {
	b.t.Helper()
	if b.database == "MariaDB" {
		b.does(b.script(b.blocks("## 1. The database: MariaDB")[1]))
		return
	}
	b.does(b.script(b.block("## 1. The database: " + b.database)))
}

// restores does what the guide says between the service's stop and its start.
func (b *backedUp) restores() {
	b.t.Helper()
	b.does(b.block("## 1. Put the old data aside"))
	b.does(b.script(b.block("## 2. Restore the database: " + b.database)))
	b.does(b.block("## 3. Restore the archive"))
}

// sum waits for a talk's audio and returns its SHA-256; both voices are in it.
func (b *backedUp) sum(c *talk) string {
	b.t.Helper()
	a := b.answers(http.StatusOK, "retrieve", "tag", c.tag, "username", "fred")
	require.Equal(b.t, c.id, a.id())
	b.holds(b.decode(a), c.Caller.Tone, c.Callee.Tone)
	told := b.fetch("/v1/recordings/"+c.id, nil)
	require.Equal(b.t, http.StatusOK, told.status, told.body)
	var d details
	require.NoError(b.t, json.Unmarshal([]byte(told.body), &d))
	require.Equal(b.t, "available", d.State)
	audio := b.fetch("/v1/recordings/"+c.id+"/audio", nil)
	require.Equal(b.t, `"`+d.SHA256+`"`, audio.header.Get("ETag"))
	bytes := sha256.Sum256([]byte(audio.body))
	require.Equal(b.t, d.SHA256, hex.EncodeToString(bytes[:]))
	return d.SHA256
}

// forgets has Asterisk lose all that it has of a recording.
func (b *backedUp) forgets(c *talk) {
	b.t.Helper()
	files, err := filepath.Glob(filepath.Join(b.pbx.RecordingDir, "ari-recorder-"+c.id+"*.wav"))
	require.NoError(b.t, err)
	require.NotEmpty(b.t, files)
	for _, file := range files {
		b.forgetsFile(strings.TrimSuffix(filepath.Base(file), ".wav"))
	}
}

func (b *backedUp) forgetsFile(name string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodDelete, b.pbx.URL+"/recordings/stored/"+name, nil)
	require.NoError(b.t, err)
	request.SetBasicAuth(b.pbx.Username, b.pbx.Password)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(b.t, err)
	require.NoError(b.t, response.Body.Close())
	require.Equal(b.t, http.StatusNoContent, response.StatusCode)
}

// verifies has the program itself compare all rows and files.
func (b *backedUp) verifies() {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), binary, "recordings", "verify", "--json")
	for _, setting := range b.service.settings {
		cmd.Env = append(cmd.Env, "ARI_RECORDER_"+setting)
	}
	out, err := cmd.CombinedOutput()
	require.NoError(b.t, err, string(out))
	require.Regexp(b.t, `"summary":{"proven":5,.*"unproven":1,"files":5,"findings":{}}`, string(out))
}
