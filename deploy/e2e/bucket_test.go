//go:build !stack

package e2e

import (
	"encoding/base64"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// pail is a bucket of a real S3 server, and the service's settings that lead there.
type pail struct {
	*lab.Objects
	folder   string
	settings map[string]string
}

func newPail(t *testing.T) pail {
	t.Helper()
	objects := lab.NewObjects(t)
	name, err := objects.NewBucket()
	require.NoError(t, err)
	return pail{objects, filepath.Join(objects.Folder, name), map[string]string{
		"STORAGE_URL": "s3://" + name + "/calls", "STORAGE_ENDPOINT": "http://" + objects.Endpoint, "STORAGE_REGION": objects.Region,
		"STORAGE_ACCESS_KEY": objects.AccessKey, "STORAGE_SECRET_KEY": objects.SecretKey,
	}}
}

// filesBelow are the names of all files below the folder.
func filesBelow(t *testing.T, folder string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path[len(folder)+1:])
		}
		return err
	}))
	return names
}

// The audio of calls goes into a bucket, is heard from there in whole and in parts, and is erased there for good.
func TestRecordingsInABucket(t *testing.T) {
	p := newPail(t)
	s := open(t, p.settings)
	c := s.call(lab.CallOptions{})
	id := s.record("410", "22")
	s.speak(2 * time.Second)
	s.hangUp(c)
	a, wav := s.hear("22")
	require.Equal(t, id, a.id())
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)

	file, err := base64.StdEncoding.DecodeString(a.body)
	require.NoError(t, err)
	whole := s.fetch("/v1/recordings/"+id+"/audio", nil)
	require.Equal(t, string(file), whole.body)
	part := s.fetch("/v1/recordings/"+id+"/audio", http.Header{"Range": {"bytes=1000-2999"}})
	require.Equal(t, http.StatusPartialContent, part.status)
	require.Equal(t, string(file[1000:3000]), part.body)

	stored := filesBelow(t, p.folder)
	require.Len(t, stored, 1, "%v", stored)
	require.Equal(t, id+".wav", filepath.Base(stored[0]))
	object, err := os.ReadFile(filepath.Join(p.folder, stored[0]))
	require.NoError(t, err)
	require.Equal(t, file, object)
	findings, err := s.verify()
	require.NoError(t, err)
	require.Empty(t, findings)
	require.Contains(t, s.fetch("/health", nil).body, `"storage:free"`)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL+"/v1/recordings/"+id+"?erase=true", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	require.Equal(t, http.StatusNoContent, response.StatusCode)
	require.Empty(t, filesBelow(t, p.folder))
}

// The doctor tries the bucket out, and names what is wrong with it.
func TestTheDoctorTriesTheBucket(t *testing.T) {
	p := newPail(t)
	bucket := []string{"HTTP_LISTEN=127.0.0.1:0", "DATA_DIR=" + t.TempDir()}
	for key, value := range p.settings {
		bucket = append(bucket, key+"="+value)
	}
	consult(t, binary, 0, bucket).says("storage:bucket", "ok", "stored, read, listed and deleted", "")
	require.Empty(t, filesBelow(t, p.folder), "nothing is left of it")
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, nobody.Close())
	for _, fault := range []struct{ setting, seen, advice string }{
		{"STORAGE_SECRET_KEY=wrong", "the access key is wrong or may not do that", "storage.secret_key"},
		{"STORAGE_URL=s3://no-such-bucket/calls", "has no bucket no-such-bucket", "make the bucket"},
		{"STORAGE_ENDPOINT=http://" + nobody.Addr().String(), "connection refused", "curl -v"},
		{"STORAGE_ENDPOINT=https://" + p.Endpoint, "server gave HTTP response to HTTPS client", "storage.endpoint"},
	} {
		d := consult(t, binary, 0, bucket, fault.setting)
		d.says("storage:bucket", "fault", fault.seen, fault.advice)
		require.Equal(t, 1, d.code)
	}
}
