package config

import "strings"

// CheckKey reads a key by the rules of auth.keys, for who is about to write one there. The error is an Errors.
func CheckKey(name, hash string, scopes, networks []string) (APIKey, error) {
	l := newLayers()
	fields := map[string]string{
		"name": name, "hash": hash, "scopes": strings.Join(scopes, ","), "networks": strings.Join(networks, ","),
	}
	for field, text := range fields {
		l.items["auth.keys.0."+field] = text
	}
	l.items["auth.keys"] = "1"
	keys := l.apiKeys()
	if len(l.faults) == 0 {
		return keys[0], nil
	}
	for i, f := range l.faults {
		l.faults[i] = Fault{Key: strings.TrimPrefix(f.Key, "auth.keys.0."), Text: f.Text, Source: "command line"}
	}
	return APIKey{}, l.faults
}
