package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// Secret is a text that is never shown: however it is printed, marshalled or logged it reads [redacted], or nothing
// at all when it is empty.
type Secret string

const redacted = "[redacted]"

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// String returns [redacted].
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format prints [redacted] for every verb; with String alone, %d would show the text in its complaint.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, s.String()) // a formatter has nowhere to tell
}

// MarshalText returns [redacted]; encoding/json and YAML use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

const maxSecretFile = 64 << 10

// readSecret returns the content of a file without the line end that editors add. Errors name the file, never what
// is in it.
func readSecret(path string) (string, error) {
	data, err := readLimited(path, maxSecretFile)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(data), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s is empty; write the secret into it", path)
	}
	if strings.ContainsAny(secret, "\r\n") {
		return "", fmt.Errorf("%s holds more than one line; leave only the secret in it", path)
	}
	return secret, nil
}

// readLimited reads a file of at most limit bytes.
func readLimited(path string, limit int64) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d KiB", path, limit>>10)
	}
	return data, nil
}
