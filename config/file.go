package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

const maxFile = 1 << 20

// addFile reads the configuration file, if there is one, and returns its path. readable is false if it could not be
// understood at all.
func (l *layers) addFile(opts Options) (path string, readable bool) {
	path = findFile(opts)
	if path == "" {
		return "", true
	}
	root, err := parseFile(path)
	if err != nil {
		l.faults = append(l.faults, Fault{Key: path, Text: err.Error(), Source: "configuration file"})
		return path, false
	}
	w := walker{layers: l, path: path, values: map[string]any{}, seen: map[string]bool{}}
	if root != nil {
		w.section("", root)
	}
	l.merge(w.values, path)
	return path, true
}

// findFile returns the file to read, "" for none. A file that is there and cannot be looked at is returned too:
// falling through to the next one would start the service with somebody else's settings.
func findFile(opts Options) string {
	if opts.File != "" {
		return opts.File
	}
	for _, path := range opts.Search {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
	}
	return ""
}

// parseFile returns the top node of the file, nil if it holds none.
func parseFile(path string) (*yaml.Node, error) {
	data, err := readLimited(path, maxFile)
	if err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntaxError(err)
	}
	if err := dec.Decode(&next); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one YAML document; leave one")
	}
	return doc.Content[0], nil
}

// syntaxError words a parser's error. An unquoted password that begins with * is quoted in the parser's own words.
func syntaxError(err error) error {
	if strings.Contains(err.Error(), "unknown anchor") {
		return errors.New("is not valid YAML: a value that begins with * must be in quotes")
	}
	return fmt.Errorf("is not valid YAML: %w", err)
}
