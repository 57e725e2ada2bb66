package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/archive/archivetest"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// objects is the S3 server of all tests that do not kill it, started by the first that needs it.
var objects struct {
	sync.Mutex
	*lab.Objects
}

// TestMain ends the server and looks for goroutines that archives have left behind.
func TestMain(m *testing.M) {
	code := m.Run()
	var err error
	if objects.Objects != nil {
		err = objects.Close()
	}
	if err = errors.Join(err, goleak.Find()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func theObjects(t *testing.T) *lab.Objects {
	t.Helper()
	objects.Lock()
	defer objects.Unlock()
	if objects.Objects == nil {
		var err error
		objects.Objects, err = lab.StartObjects(t.Context(), os.Stderr)
		require.NoError(t, err)
	}
	return objects.Objects
}

// site is a bucket of its own, seen from outside.
type site struct {
	t       *testing.T
	options archive.BucketOptions
	client  *minio.Client
}

// newSite makes an empty bucket. It is spoken to at the endpoint, or if that is empty at the server itself.
func newSite(t *testing.T, server *lab.Objects, endpoint string) *site {
	t.Helper()
	objects.Lock()
	defer objects.Unlock()
	name, err := server.NewBucket()
	require.NoError(t, err)
	client, err := minio.New(server.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(server.AccessKey, server.SecretKey, "")})
	require.NoError(t, err)
	if endpoint == "" {
		endpoint = server.Endpoint
	}
	return &site{t: t, client: client, options: archive.BucketOptions{
		Bucket: name, Prefix: "calls/office", Endpoint: endpoint, Insecure: true, Region: server.Region,
		AccessKey: server.AccessKey, SecretKey: server.SecretKey, Outbox: filepath.Join(t.TempDir(), "outbox"),
	}}
}

// open opens the bucket as another process would, too.
func (s *site) open() *archive.Bucket {
	s.t.Helper()
	b, err := archive.OpenBucket(s.options)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, b.Close()) })
	return b
}

func (s *site) object(name string) string { return s.options.Prefix + "/" + name }

func (s *site) plant(name string, content []byte) {
	s.t.Helper()
	_, err := s.client.PutObject(s.t.Context(), s.options.Bucket, s.object(name), bytes.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
	require.NoError(s.t, err)
}

// stored are the names of all objects without the prefix.
func (s *site) stored() (names []string) {
	s.t.Helper()
	for o := range s.client.ListObjectsIter(s.t.Context(), s.options.Bucket, minio.ListObjectsOptions{Recursive: true}) {
		require.NoError(s.t, o.Err)
		require.Contains(s.t, o.Key, s.object(""))
		names = append(names, o.Key[len(s.object("")):])
	}
	return names
}

// waiting are the files in the outbox.
func (s *site) waiting() []string {
	s.t.Helper()
	return files(s.t, s.options.Outbox)
}

func TestBucket(t *testing.T) {
	archivetest.Suite(t, func(t *testing.T) archivetest.Bench {
		s := newSite(t, theObjects(t), "")
		b := s.open()
		t.Cleanup(func() { require.Empty(t, s.waiting(), "what has been delivered is kept no longer") })
		return archivetest.Bench{Archive: b, Plant: s.plant, Stored: s.stored}
	})
}

// A process is killed after another has stored its recording: what it left goes once the bucket is proven to hold the same.
func TestTidying(t *testing.T) {
	s := newSite(t, theObjects(t), "")
	b := s.open()
	same, other, alone := recordingtest.WAV(recording.FormatWAV, time.Second), recordingtest.WAV(recording.FormatWAV, 2*time.Second), recordingtest.WAV(recording.FormatWAV, 3*time.Second)
	left := map[string][]byte{"2026/11/23/a.wav": same, "2026/11/23/b.wav": other, "2026/11/23/c.wav": alone, "2026/11/23/d.wav": []byte("half")}
	for name, content := range left {
		path := filepath.Join(s.options.Outbox, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
	for _, name := range []string{"a", "b", "d"} {
		s.plant("2026/11/23/"+name+".wav", same)
	}
	require.NoError(t, b.Tidy(t.Context()))
	require.ElementsMatch(t, []string{"2026/11/23/b.wav", "2026/11/23/c.wav", "2026/11/23/d.wav"}, s.waiting())
	require.ElementsMatch(t, []string{"2026/11/23/a.wav", "2026/11/23/b.wav", "2026/11/23/d.wav"}, s.stored())
}
