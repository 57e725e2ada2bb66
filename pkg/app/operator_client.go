package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// client asks the running service.
type client struct {
	base string // without a slash at its end
	key  string
	http *http.Client
}

// The bounds of an answer.
const (
	answerBound = 10 * time.Second
	maxAnswer   = 8 << 20
)

// newClient returns a *UsageError if an argument cannot be used.
func newClient(base, key, caFile string) (*client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, misused("--url must be http:// or https://, a host and perhaps a port and path, such as https://recorder.example.org:8443")
	}
	if !isKey(key) && key != "" {
		return nil, misused("ARI_RECORDER_API_KEY must hold one key and nothing else")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	if caFile != "" {
		roots, err := readRoots(caFile)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &client{base: strings.TrimRight(base, "/"), key: key, http: &http.Client{
		Transport: transport, Timeout: answerBound,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the key is for this host
	}}, nil
}

func readRoots(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, misused("--ca-file: %v", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, misused("--ca-file: %s holds no certificate in PEM", file)
	}
	return roots, nil
}

// ReadKey reads an API key from a file that holds nothing else. The error, a *UsageError, never holds what is in it.
func ReadKey(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", misused("--key-file: %v", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", misused("--key-file: %v", err)
	}
	key := strings.TrimSpace(string(text))
	if !isKey(key) {
		return "", misused("--key-file: %s must hold one key and nothing else", file)
	}
	return key, nil
}

// isKey tells what can be a key at all.
func isKey(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// get returns the JSON of an answer, also beside an error if that is the service's own.
func (c *client) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	a, err := c.ask(ctx, path+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	return c.understand(a)
}

// answer is what came back, whoever it was from.
type answer struct {
	code   int
	status string // with its words
	kind   string // media type
	body   []byte
}

func (c *client) ask(ctx context.Context, target string) (*answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+target, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json, application/problem+json, application/health+json, text/plain")
	request.Header.Set("User-Agent", "ari-recorder/"+Version)
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, c.unreachable(err)
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return &answer{response.StatusCode, response.Status, kind, body}, nil
}

func (c *client) unreachable(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err // without the query, which says nothing new
	}
	return fmt.Errorf("the service at %s cannot be reached: %w; is it running there?", c.base, err)
}

// understand tells the service's answers from those of something else at its address.
func (c *client) understand(a *answer) ([]byte, error) {
	var problem struct{ Detail string }
	switch {
	case a.kind == "application/json" && a.code == http.StatusOK && json.Valid(a.body):
		return a.body, nil
	case a.kind == "application/problem+json" && json.Unmarshal(a.body, &problem) == nil && problem.Detail != "":
		return a.body, errors.New(printable(problem.Detail) + hint(a.code))
	}
	return nil, c.stranger(a)
}

func (c *client) stranger(a *answer) error {
	return fmt.Errorf("what answers at %s is not this service, or another version of it: status %s", c.base, a.status)
}

// hint says how a key is shown, where that is what is missing.
func hint(status int) string {
	if status == http.StatusUnauthorized {
		return " (show a key with --key-file, or in ARI_RECORDER_API_KEY)"
	}
	return ""
}
