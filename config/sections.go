package config

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
)

func (l *layers) dataDir() string {
	dir := l.text("data_dir")
	if strings.ContainsAny(dir, "?\x00") {
		l.fault("data_dir", "must not hold a question mark") // SQLite would take what follows for options
	}
	return filepath.Clean(dir)
}

func (l *layers) instance(hostname func() (string, error)) string {
	name := l.text("instance")
	if name != "" {
		return l.name("instance", name)
	}
	name, err := hostname()
	if err != nil || !namePattern.MatchString(name) {
		l.fault("instance", "the host's name cannot be used; write a name of letters, digits, -, _ or .")
	}
	return name
}

func (l *layers) http() HTTP {
	return HTTP{
		Listen:         l.listen("http.listen"),
		PublicURL:      l.webURL("http.public_url"),
		TrustedProxies: l.networks("http.trusted_proxies"),
		TLS:            l.tls(),
		CORSOrigins:    l.origins("http.cors_origins"),
	}
}

func (l *layers) recording() Recording {
	channels := map[string]int{"1": 1, "2": 2}
	return Recording{
		Format:         l.choice("recording.format", []string{"wav", "wav16"}),
		MaxDuration:    l.duration("recording.max_duration"),
		MaxActive:      l.count("recording.max_active"),
		Capture:        l.choice("recording.capture", []string{"mixed", "parties"}),
		Channels:       channels[l.needsParties("recording.channels", "2", "1", "2")],
		Follow:         l.needsParties("recording.follow", "call", "channel", "call"),
		Retention:      l.days("recording.retention"),
		UndeleteWindow: l.days("recording.undelete_window"),
	}
}

// needsParties returns one of the words; the one that is named needs a track for each party.
func (l *layers) needsParties(key, word string, words ...string) string {
	text := l.choice(key, words)
	if text == word && l.text("recording.capture") == "mixed" {
		l.fault(key, fmt.Sprintf("%q needs recording.capture: parties", text))
	}
	return text
}

func (l *layers) legacy() Legacy {
	statuses := map[string]int{"0": 0, "500": 500}
	return Legacy{
		RetrieveDuringCall: l.boolean("legacy.retrieve_during_call"),
		GetResponse:        l.choice("legacy.get_response", []string{"plain", "soap"}),
		FaultStatus:        statuses[l.choice("legacy.fault_status", []string{"0", "500"})],
		Networks:           l.networks("legacy.networks"),
	}
}

func (l *layers) logging() Log {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	log := Log{Level: levels[l.choice("log.level", []string{"debug", "info", "warn", "error"})]}
	if l.text("log.format") != "" {
		log.Format = l.choice("log.format", []string{"text", "json"})
	}
	return log
}
