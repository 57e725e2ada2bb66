package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// document puts the papers of the package into the stage, compressed as Debian wants them.
func (b build) document(ctx context.Context, stage string) error {
	licenses, err := b.licenses(ctx)
	if err != nil {
		return err
	}
	papers := map[string][]byte{"changelog": b.changelog(), "third-party-licenses.txt": licenses}
	for _, name := range []string{"README.md", "CHANGELOG.md"} {
		if papers[name], err = os.ReadFile(filepath.Join(b.source, name)); err != nil {
			return err
		}
	}
	for name, text := range papers {
		if err := writeCompressed(filepath.Join(stage, name+".gz"), text); err != nil {
			return err
		}
	}
	return nil
}

// changelog is the package's own, in Debian's form.
func (b build) changelog() []byte {
	return fmt.Appendf(nil, "ari-recorder (%s) unstable; urgency=medium\n\n  * What has changed is told in CHANGELOG.md.gz beside this file.\n\n"+
		" -- The authors of ari-recorder <ari-recorder@localhost>  %s\n", b.release.version, b.release.time.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
}

// licenses collects the licences of all modules that are linked into the program: they ask for that. Go's own is that of golang.org/x/….
func (b build) licenses(ctx context.Context) ([]byte, error) {
	listed, err := b.do(ctx, []string{"CGO_ENABLED=0", "GOOS=linux"},
		"go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/ari-recorder")
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for line := range strings.Lines(listed) {
		if module, folder, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
			folders[module] = folder
		}
	}
	var text bytes.Buffer
	for _, module := range slices.Sorted(maps.Keys(folders)) {
		if err := appendLicenses(&text, module, folders[module]); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)`)

// appendLicenses adds what a module says of its licence; one that says nothing must not be handed out.
func appendLicenses(text *bytes.Buffer, module, folder string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	before := text.Len()
	for _, file := range files {
		if !licenseFile.MatchString(file.Name()) || file.IsDir() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(text, "==== %s: %s\n\n%s\n", module, file.Name(), content)
	}
	if text.Len() == before {
		return fmt.Errorf("module %s has no licence file", module)
	}
	return nil
}

// writeCompressed leaves name and time out of gzip's header: they would differ from build to build.
func writeCompressed(path string, content []byte) error {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zip.Write(content); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, packed.Bytes(), 0o644)
}
