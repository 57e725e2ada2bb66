package config

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
)

// Storage is where finished audio is kept: in a folder or in a bucket.
type Storage struct {
	Path   string  // folder, cleaned, possibly relative to the working directory; with a bucket, the one in which audio waits for it
	Bucket *Bucket // nil: the folder is the storage itself

	MinFree uint64 // bytes that must be free in the folder, or nothing is recorded; 0: any
}

// String returns the folder or the bucket as a URL, in the form of storage.url.
func (s Storage) String() string {
	if s.Bucket != nil {
		return s.Bucket.String()
	}
	path := s.Path
	if !filepath.IsAbs(path) && !strings.HasPrefix(path, "../") {
		path = "./" + path
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath()
}

func (l *layers) storage(dataDir string) Storage {
	s := l.place(dataDir)
	s.MinFree = l.size("storage.min_free")
	return s
}

// place is the folder or the bucket.
func (l *layers) place(dataDir string) Storage {
	text := l.text("storage.url")
	if strings.HasPrefix(text, "s3://") {
		return Storage{Path: filepath.Join(dataDir, "outbox"), Bucket: l.bucket(text)}
	}
	for _, key := range bucketKeys {
		if k, _ := find(key); l.text(key) != k.fallback() {
			l.fault(key, "has no effect unless storage.url begins with s3://")
		}
	}
	if text == "" {
		return Storage{Path: filepath.Join(dataDir, "recordings")}
	}
	path, err := parseFileURL(text)
	if err != nil {
		l.fault("storage.url", err.Error())
	}
	return Storage{Path: path}
}

// parseFileURL returns the folder of file:///absolute, file://./relative or file://../relative. Anything else after
// the slashes would be a host's name to one reader and a folder to another.
func parseFileURL(text string) (string, error) {
	scheme, path, _ := strings.Cut(text, "://")
	if scheme != "file" {
		return "", errors.New("must begin with file:// or s3://")
	}
	path, err := url.PathUnescape(path)
	if err != nil || strings.ContainsAny(text, "?#") || strings.Contains(path, "\x00") {
		return "", errors.New("is not a folder's URL; write % ? and # in the folder's name as %25, %3F and %23")
	}
	if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "./") && !strings.HasPrefix(path, "../") {
		return "", errors.New("must be file:///folder, or file://./folder below the working directory")
	}
	return filepath.Clean(path), nil
}
