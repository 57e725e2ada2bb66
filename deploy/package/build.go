package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// nfpm makes the packages. Later versions need modules that the public proxy does not hand out.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2"

// build is one run over all architectures and formats.
type build struct {
	release release
	source  string // the repository's root
	out     string
	arches  []string // in Go's words
	formats []string // deb, rpm
}

// run returns the packages' paths.
func (b build) run(ctx context.Context) (files []string, err error) {
	if b.out, err = filepath.Abs(b.out); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return nil, err
	}
	stage, err := os.MkdirTemp("", "ari-recorder-package-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	if err := b.document(ctx, stage); err != nil {
		return nil, err
	}
	for _, arch := range b.arches {
		if err := b.compile(ctx, stage, arch); err != nil {
			return files, err
		}
		for _, format := range b.formats {
			file, err := b.pack(ctx, stage, arch, format)
			if err != nil {
				return files, err
			}
			files = append(files, file)
		}
	}
	return files, nil
}

// compile builds the program. Neither the folder nor what git thinks of it is stamped into it, and it runs on every processor of its kind.
func (b build) compile(ctx context.Context, stage, arch string) error {
	_, err := b.do(ctx, []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=-buildvcs=false"},
		"go", "build", "-trimpath", "-ldflags=-s -w -X ari-recorder/pkg/app.Version="+b.release.version,
		"-o", filepath.Join(stage, "ari-recorder"), "./cmd/ari-recorder")
	return err
}

// pack lets nfpm make one package and returns its path.
func (b build) pack(ctx context.Context, stage, arch, format string) (string, error) {
	said, err := b.do(ctx, []string{
		"ARCH=" + arch, "VERSION=" + b.release.version, "STAGE=" + stage, "SOURCE_DATE_EPOCH=" + strconv.FormatInt(b.release.time.Unix(), 10),
	}, "go", "run", nfpm, "package", "--config", "deploy/package/nfpm.yaml", "--packager", format, "--target", b.out)
	if err != nil {
		return "", err
	}
	_, file, found := strings.Cut(said, "created package: ")
	if !found {
		return "", fmt.Errorf("nfpm names no package: %s", said)
	}
	return strings.TrimSpace(file), nil
}

// do runs a program in the source's folder and returns what it printed.
func (b build) do(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.source
	cmd.Env = append(os.Environ(), env...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s%s", name, args[0], err, complaint.String(), out)
	}
	return string(out), nil
}
