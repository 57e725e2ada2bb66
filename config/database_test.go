package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

func TestDatabaseURL(t *testing.T) {
	tests := map[string]struct {
		want  config.Database
		shown string
	}{
		"sqlite:/var/lib/ari-recorder/a.db": {
			config.Database{Driver: config.SQLite, Path: "/var/lib/ari-recorder/a.db"}, "sqlite:/var/lib/ari-recorder/a.db"},
		"sqlite:./x/../100%.db": {
			config.Database{Driver: config.SQLite, Path: "100%.db"}, "sqlite:100%.db"},
		"mysql://crm:hunter2@db.example.org/recorder": {
			config.Database{Driver: config.MySQL, Address: "db.example.org:3306", Username: "crm", Password: "hunter2", Name: "recorder"},
			"mysql://crm:[redacted]@db.example.org:3306/recorder"},
		"mysql://c%40m:p%23%2F%3A%40@[::1]:3307/re-c?tls=skip-verify": {
			config.Database{Driver: config.MySQL, Address: "[::1]:3307", Username: "c@m", Password: "p#/:@", Name: "re-c", TLS: "skip-verify"},
			"mysql://c%40m:[redacted]@[::1]:3307/re-c?tls=skip-verify"},
		"mysql://crm@db/recorder": {
			config.Database{Driver: config.MySQL, Address: "db:3306", Username: "crm", Name: "recorder"}, "mysql://crm@db:3306/recorder"},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			c := load(t, options("ARI_RECORDER_DATABASE_URL="+text))
			test.want.URL = config.Secret(text)
			require.Equal(t, test.want, c.Database)
			require.Equal(t, test.shown, c.Database.String())
			require.Equal(t, test.shown, fmt.Sprintf("%v", c.Database))
		})
	}
}

func TestFaultyDatabaseURL(t *testing.T) {
	tests := map[string]string{
		"postgres://u:hunter2@db/x":                    "must begin with sqlite: or mysql://",
		"hunter2":                                      "must begin with sqlite: or mysql://",
		"sqlite:":                                      "needs the path of a file",
		"sqlite::memory:":                              "name a file",
		"sqlite:///var/lib/a.db":                       "without // and file: before it",
		"sqlite:file:a.db":                             "without // and file: before it",
		"sqlite:a.db?_journal=off":                     "takes no options",
		"mysql:crm:hunter2@db/x":                       "must be mysql://",
		"mysql://crm:hunter2#@db/x":                    "URL-encoded",
		"mysql://crm:hunter2%zz@db/x":                  "URL-encoded",
		"mysql://crm:hunter2/@db/x":                    "URL-encoded",
		"mysql://crm:hunter2@/x":                       "must be mysql://",
		"mysql://crm:hunter2@db:99999/x":               "must be mysql://",
		"mysql://crm:hunter2@tcp(db:3306)/x":           "must be mysql://",
		"mysql://crm:hunter2@db":                       "must name a user and a database",
		"mysql://crm:hunter2@db/":                      "must name a user and a database",
		"mysql://crm:hunter2@db/x/y":                   "must name a user and a database",
		"mysql://db/x":                                 "must name a user and a database",
		"mysql://:hunter2@db/x":                        "must name a user and a database",
		"mysql://crm:hunter2@db/x?parseTime=true":      "takes no option but tls=",
		"mysql://crm:hunter2@db/x?tls=custom":          "takes no option but tls=",
		"mysql://crm:hunter2@db/x?tls=true&tls=false":  "takes no option but tls=",
		"mysql://crm:hunter2@db/x?tls=true;loc=hunter": "takes no option but tls=",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			all := faults(t, options("ARI_RECORDER_DATABASE_URL="+text))
			require.Len(t, all, 1)
			require.Equal(t, "database.url", all[0].Key)
			require.Contains(t, all[0].Text, want)
			require.NotContains(t, all[0].Text, "hunter")
		})
	}
}

func TestStorageURL(t *testing.T) {
	tests := map[string]struct{ path, shown string }{
		"file:///srv/audio/":         {"/srv/audio", "file:///srv/audio"},
		"file://./audio":             {"audio", "file://./audio"},
		"file://../audio":            {"../audio", "file://../audio"},
		"file:///srv/100%25%20a%3Fb": {"/srv/100% a?b", "file:///srv/100%25%20a%3Fb"},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			c := load(t, options("ARI_RECORDER_STORAGE_URL="+text))
			require.Equal(t, config.Storage{Path: test.path, MinFree: 256 << 20}, c.Storage)
			require.Equal(t, test.shown, c.Storage.String())
		})
	}
}

func TestFaultyStorageURL(t *testing.T) {
	tests := map[string]string{
		"s3://key:hunter2@bucket": "must not hold a key",
		"s3://minio:9000/bucket":  "must not hold a host",
		"s3://":                   "must be s3://bucket/prefix",
		"s3://Bucket":             "must be s3://bucket/prefix",
		"s3://bucket/a/../b":      "plain names",
		"s3://bucket/hunter2?a=b": "plain names",
		"S3://bucket":             "must begin with file:// or s3://",
		"/srv/audio":              "must begin with file://",
		"file:/srv/audio":         "must begin with file://",
		"file://":                 "must be file:///folder",
		"file://host/share":       "must be file:///folder",
		"file:///srv/100%":        "write % ? and #",
		"file:///srv/a?b":         "write % ? and #",
		"file:///srv/a%00b":       "write % ? and #",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			all := faults(t, options("ARI_RECORDER_STORAGE_URL="+text))
			require.Len(t, all, 1)
			require.Equal(t, "storage.url", all[0].Key)
			require.Contains(t, all[0].Text, want)
			require.NotContains(t, all[0].Text, "hunter2")
		})
	}
}

func TestBucket(t *testing.T) {
	pathStyle := true
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("hunter2\n"), 0o600))
	c := load(t, options("ARI_RECORDER_DATA_DIR=/srv/r", "ARI_RECORDER_STORAGE_URL=s3://audio/calls/north/", "ARI_RECORDER_STORAGE_ENDPOINT=http://127.0.0.1:9000/",
		"ARI_RECORDER_STORAGE_REGION=here", "ARI_RECORDER_STORAGE_ACCESS_KEY=recorder", "ARI_RECORDER_STORAGE_SECRET_KEY_FILE="+secret, "ARI_RECORDER_STORAGE_PATH_STYLE=true"))
	require.Equal(t, config.Storage{Path: "/srv/r/outbox", Bucket: &config.Bucket{
		Name: "audio", Prefix: "calls/north", Endpoint: "http://127.0.0.1:9000", Region: "here", AccessKey: "recorder", SecretKey: "hunter2", PathStyle: &pathStyle,
	}, MinFree: 256 << 20}, c.Storage)
	require.Equal(t, "s3://audio/calls/north", c.Storage.String())
	require.Contains(t, c.String(), "storage.endpoint=http://127.0.0.1:9000\n")
	require.NotContains(t, c.String(), "hunter2")

	c = load(t, options("ARI_RECORDER_STORAGE_URL=s3://audio"))
	require.Equal(t, &config.Bucket{Name: "audio", Endpoint: "https://s3.amazonaws.com"}, c.Storage.Bucket)
}

func TestFaultyBucket(t *testing.T) {
	const bucket = "ARI_RECORDER_STORAGE_URL=s3://audio"
	for key, test := range map[string]struct {
		others []string
		want   string
	}{
		"storage.access_key": {[]string{bucket, "ARI_RECORDER_STORAGE_SECRET_KEY=hunter2"}, "is missing for the secret"},
		"storage.secret_key": {[]string{bucket, "ARI_RECORDER_STORAGE_ACCESS_KEY=recorder"}, "is missing for the access key"},
		"storage.endpoint":   {[]string{bucket, "ARI_RECORDER_STORAGE_ENDPOINT=https://minio:9000/audio"}, "without a path"},
		"storage.path_style": {[]string{bucket, "ARI_RECORDER_STORAGE_PATH_STYLE=perhaps"}, "neither true nor false"},
		"storage.ca_file":    {[]string{bucket, "ARI_RECORDER_STORAGE_CA_FILE=/nowhere"}, "no such file"},
		"storage.region":     {[]string{"ARI_RECORDER_STORAGE_REGION=here"}, "has no effect unless storage.url begins with s3://"},
	} {
		t.Run(key, func(t *testing.T) {
			all := faults(t, options(test.others...))
			require.Len(t, all, 1, "%v", all)
			require.Equal(t, key, all[0].Key)
			require.Contains(t, all[0].Text, test.want)
		})
	}
}
