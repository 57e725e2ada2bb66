package engine

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ari-recorder/deploy/lab"
)

//go:embed mysql.sh
var mysqlEntrypoint string

// base is an image that takes the place of one from a registry: made of Debian's packages, with the same interface.
type base struct {
	debian  lab.Debian
	changes []string // what the image says of itself, as in a Dockerfile
}

func (b base) digest() string {
	sum := sha256.Sum256([]byte(b.debian.Digest() + strings.Join(b.changes, "\n")))
	return hex.EncodeToString(sum[:])
}

const searchPath = "ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// named finds the images of the repositories that base can make, in Dockerfiles and docker-compose.yml.
var named = regexp.MustCompile(`(?m)^(?:FROM|\s+image:)\s+(?:\$\{\w+:-)?((?:golang|debian|mysql|prom/prometheus):[\w.-]+)`)

// Images lists the images of registries that Dockerfiles and docker-compose.yml in a folder name and that can be made of Debian's packages.
func Images(folder string) (images []string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "deploy/*/Dockerfile"))
	if err != nil {
		return nil, err
	}
	for _, file := range append(files, filepath.Join(folder, "deploy/Dockerfile"), filepath.Join(folder, "docker-compose.yml")) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, found := range named.FindAllSubmatch(text, -1) {
			images = append(images, string(found[1]))
		}
	}
	slices.Sort(images)
	return slices.Compact(images), nil
}

// baseOf is the recipe of an image.
func baseOf(image string) (base, error) {
	repository, tag, _ := strings.Cut(image, ":")
	switch repository {
	case "debian":
		return base{lab.Debian{Suite: strings.TrimSuffix(tag, "-slim")}, []string{searchPath, `CMD ["bash"]`}}, nil
	case "golang":
		version, suite, _ := strings.Cut(tag, "-")
		return golang(version, suite)
	case "mysql":
		return base{lab.Debian{Suite: "sid", Packages: []string{"mysql-server"}, Hooks: []string{
			`chroot "$1" sh -c 'rm -r /var/lib/mysql/* && groupmod -g 999 mysql && usermod -u 999 mysql && chown mysql: /var/lib/mysql'`,
			hookFile(mysqlEntrypoint, "usr/local/bin/docker-entrypoint.sh"),
		}}, []string{searchPath, `ENTRYPOINT ["docker-entrypoint.sh"]`, `CMD ["mysqld"]`, "EXPOSE 3306 33060", "VOLUME /var/lib/mysql"}}, nil
	case "prom/prometheus":
		return base{lab.Debian{Suite: "bookworm", Packages: []string{"prometheus"}, Hooks: []string{
			`mkdir -p "$1/prometheus" && chown 65534:65534 "$1/prometheus"`,
		}}, []string{"USER nobody", "WORKDIR /prometheus", "EXPOSE 9090", "VOLUME /prometheus", `ENTRYPOINT ["/bin/prometheus"]`,
			`CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]`}}, nil
	}
	return base{}, fmt.Errorf("no Debian package holds what is in %s", image)
}

// golang is Debian with the toolchain of that version: the machine's, or fetched as a module if the machine has another.
func golang(version, suite string) (base, error) {
	find := exec.Command("go", "env", "GOROOT")
	find.Env = append(os.Environ(), "GOTOOLCHAIN=go"+version)
	toolchain, err := find.Output()
	if err != nil {
		return base{}, fmt.Errorf("find the toolchain go%s: %w", version, err)
	}
	copied := fmt.Sprintf(`mkdir -p "$1/usr/local" && cp -a '%s' "$1/usr/local/go" && mkdir -p "$1/go"`, strings.TrimSpace(string(toolchain)))
	return base{lab.Debian{Suite: suite, Packages: []string{"ca-certificates"}, Hooks: []string{copied}},
		[]string{searchPath, "ENV GOPATH=/go", "ENV GOTOOLCHAIN=local", "WORKDIR /go"}}, nil
}

// hookFile writes a program into a Debian.
func hookFile(text, path string) string {
	return fmt.Sprintf("cat >\"$1/%s\" <<'END_OF_FILE'\n%s\nEND_OF_FILE\nchmod 755 \"$1/%s\"", path, text, path)
}

// recipeLabel tells by which recipe an image was made.
const recipeLabel = "ari-recorder.recipe"

// Import makes the images that the engine does not have yet, or has by another recipe.
func (e *Engine) Import(ctx context.Context, out io.Writer, images ...string) error {
	for _, image := range images {
		b, err := baseOf(image)
		if err == nil {
			err = e.importOne(ctx, out, image, b)
		}
		if err != nil {
			return fmt.Errorf("make the image %s: %w", image, err)
		}
	}
	return nil
}

func (e *Engine) importOne(ctx context.Context, out io.Writer, image string, b base) (err error) {
	label := b.digest()
	have, err := e.Run(ctx, "docker", "image", "inspect", "--format", `{{index .Config.Labels "`+recipeLabel+`"}}`, image)
	if err == nil && have == label {
		return nil
	}
	archive := filepath.Join(e.store.dir, "image.tar")
	if err := b.debian.Tar(ctx, out, archive); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(archive)) }()
	text, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = text.Close() }() // it was only read
	argv := []string{"docker", "import"}
	for _, change := range append(b.changes, "LABEL "+recipeLabel+"="+label) {
		argv = append(argv, "--change", change)
	}
	load := e.Command(ctx, append(argv, "-", image)...)
	load.Stdin = text
	if said, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("docker import: %w: %s", err, said)
	}
	return nil
}
