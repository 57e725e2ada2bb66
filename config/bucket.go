package config

import (
	"errors"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
)

// Bucket is where in which S3 server finished audio is kept.
type Bucket struct {
	Name      string
	Prefix    string // before every object's name, without slashes at its ends; "" for none
	Endpoint  string // http(s)://host[:port]
	Region    string // "" to ask the server
	AccessKey string // "" together with SecretKey: the program looks for them where programs that use S3 do
	SecretKey Secret
	PathStyle *bool  // nil: as the server is known to want it
	CAFile    string // PEM; "" for the system's
}

// bucketKeys have no effect on a folder.
var bucketKeys = []string{"storage.endpoint", "storage.region", "storage.access_key", "storage.secret_key", "storage.path_style", "storage.ca_file"}

func (l *layers) bucket(text string) *Bucket {
	b, err := parseBucketURL(text)
	if err != nil {
		l.fault("storage.url", err.Error())
	}
	b.Endpoint, b.Region, b.CAFile = l.endpoint("storage.endpoint"), l.text("storage.region"), l.text("storage.ca_file")
	b.AccessKey, b.SecretKey = l.text("storage.access_key"), Secret(l.text("storage.secret_key"))
	if l.text("storage.path_style") != "" {
		style := l.boolean("storage.path_style")
		b.PathStyle = &style
	}
	switch {
	case b.AccessKey == "" && b.SecretKey != "":
		l.fault("storage.access_key", "is missing for the secret")
	case b.AccessKey != "" && b.SecretKey == "" && !l.faulty("storage.secret_key"):
		l.fault("storage.secret_key", "is missing for the access key")
	}
	l.checkCA("storage.ca_file", b.CAFile, b.Endpoint)
	return b
}

// endpoint reads a server's URL, which has no path: the bucket is in storage.url.
func (l *layers) endpoint(key string) string {
	text := l.webURL(key)
	if u, err := url.Parse(text); err == nil && u.Path != "" {
		l.fault(key, "must be https://host:port without a path; bucket and prefix are in storage.url")
	}
	return text
}

var bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// parseBucketURL takes s3://bucket and s3://bucket/prefix. Its errors never repeat the text: somebody may have written a secret into it.
func parseBucketURL(text string) (*Bucket, error) {
	name, prefix, _ := strings.Cut(strings.TrimPrefix(text, "s3://"), "/")
	prefix = strings.Trim(prefix, "/")
	switch {
	case strings.Contains(name, "@"):
		return &Bucket{}, errors.New("must not hold a key; write storage.access_key and storage.secret_key")
	case strings.Contains(name, ":"):
		return &Bucket{}, errors.New("must not hold a host; write storage.endpoint, and here s3://bucket/prefix")
	case !bucketPattern.MatchString(name):
		return &Bucket{}, errors.New("must be s3://bucket/prefix, with 3 to 63 lower-case letters, digits, dots and hyphens as the bucket")
	case prefix != "" && !fs.ValidPath(prefix), strings.ContainsAny(prefix, "?#%\\") || strings.ContainsFunc(prefix, isControl):
		return &Bucket{}, errors.New("the prefix must be plain names with slashes between them, without ? # % and \\")
	}
	return &Bucket{Name: name, Prefix: prefix}, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// String returns the bucket as a URL, in the form of storage.url.
func (b *Bucket) String() string { return strings.TrimSuffix("s3://"+b.Name+"/"+b.Prefix, "/") }
