package config

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// String returns one key=value line for each setting, with every secret redacted.
func (c Config) String() string {
	var text strings.Builder
	for _, attr := range c.settings() {
		fmt.Fprintf(&text, "%s=%s\n", attr.Key, attr.Value)
	}
	return text.String()
}

// LogValue returns the same settings as a group.
func (c Config) LogValue() slog.Value { return slog.GroupValue(c.settings()...) }

func (c Config) settings() []slog.Attr {
	all := []slog.Attr{
		slog.String("file", c.File),
		slog.String("data_dir", c.DataDir),
		slog.String("instance", c.Instance),
		slog.String("http.listen", c.HTTP.Listen),
		slog.String("http.public_url", c.HTTP.PublicURL),
		slog.String("http.trusted_proxies", join(c.HTTP.TrustedProxies)),
		slog.String("http.tls.cert_file", c.HTTP.TLS.CertFile),
		slog.String("http.tls.key_file", c.HTTP.TLS.KeyFile),
		slog.String("http.cors_origins", join(c.HTTP.CORSOrigins)),
		slog.String("database.url", c.Database.String()),
		slog.String("storage.url", c.Storage.String()),
	}
	all = append(all, slog.String("storage.min_free", inBytes(c.Storage.MinFree)))
	all = append(all, c.Storage.Bucket.settings()...)
	all = append(all, slog.String("asterisk.application", c.Asterisk.Application))
	for _, n := range c.Asterisk.Nodes {
		all = append(all, n.settings()...)
	}
	return append(all,
		slog.String("recording.format", c.Recording.Format),
		slog.String("recording.max_duration", c.Recording.MaxDuration.String()),
		slog.Int("recording.max_active", c.Recording.MaxActive),
		slog.String("recording.capture", c.Recording.Capture),
		slog.Int("recording.channels", c.Recording.Channels),
		slog.String("recording.follow", c.Recording.Follow),
		slog.String("recording.retention", inDays(c.Recording.Retention)),
		slog.String("recording.undelete_window", inDays(c.Recording.UndeleteWindow)),
		slog.Bool("legacy.retrieve_during_call", c.Legacy.RetrieveDuringCall),
		slog.String("legacy.get_response", c.Legacy.GetResponse),
		slog.Int("legacy.fault_status", c.Legacy.FaultStatus),
		slog.String("legacy.networks", join(c.Legacy.Networks)),
		slog.Bool("auth.required", c.Auth.Required),
		slog.String("auth.keys", join(c.Auth.Keys)),
		slog.String("access.users", join(c.Access.Users)),
		slog.String("limits.per_key", c.Limits.PerKey.String()),
		slog.String("limits.per_address", c.Limits.PerAddress.String()),
		slog.String("log.level", strings.ToLower(c.Log.Level.String())),
		slog.String("log.format", c.Log.Format),
	)
}

func (n Node) settings() []slog.Attr {
	prefix := "asterisk.nodes." + n.Name + "."
	pattern := ""
	if n.ExtensionPattern != nil {
		pattern = n.ExtensionPattern.String()
	}
	return []slog.Attr{
		slog.String(prefix+"url", n.URL),
		slog.String(prefix+"username", n.Username),
		slog.String(prefix+"password", n.Password.String()),
		slog.String(prefix+"ca_file", n.CAFile),
		slog.String(prefix+"spool_dir", n.SpoolDir),
		slog.String(prefix+"extension_pattern", pattern),
	}
}

func (b *Bucket) settings() []slog.Attr {
	if b == nil {
		b = &Bucket{}
	}
	style := ""
	if b.PathStyle != nil {
		style = strconv.FormatBool(*b.PathStyle)
	}
	return []slog.Attr{
		slog.String("storage.endpoint", b.Endpoint),
		slog.String("storage.region", b.Region),
		slog.String("storage.access_key", b.AccessKey),
		slog.String("storage.secret_key", b.SecretKey.String()),
		slog.String("storage.path_style", style),
		slog.String("storage.ca_file", b.CAFile),
	}
}

// inBytes writes a size with the largest unit that leaves a whole number.
func inBytes(n uint64) string {
	units := []string{"", "KiB", "MiB", "GiB", "TiB"}
	for len(units) > 1 && n > 0 && n%1024 == 0 {
		n, units = n/1024, units[1:]
	}
	return strconv.FormatUint(n, 10) + units[0]
}

func inDays(d time.Duration) string { return fmt.Sprintf("%dd", d/day) }

func join[T any](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = fmt.Sprint(item)
	}
	return strings.Join(texts, ",")
}
