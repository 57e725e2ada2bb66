package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// auth reads who needs credentials, and which there are. Who writes keys or networks down wants them asked for.
func (l *layers) auth(http HTTP, networks []netip.Prefix) Auth {
	a := Auth{Keys: l.apiKeys()}
	admitting := len(a.Keys) > 0 || len(networks) > 0
	asked := l.text("auth.required") != ""
	if asked {
		a.Required = l.boolean("auth.required")
	} else {
		a.Required = admitting || exposed(http)
		a.Local = !a.Required
	}
	switch {
	case admitting, l.faulty("auth.required"), l.faultyBelow("auth.keys"), l.faulty("legacy.networks"):
	case asked && a.Required:
		l.fault("auth.required", "true lets nobody in: there are neither auth.keys nor legacy.networks; "+newKey)
	case !asked:
		l.refuseExposure(http)
	}
	return a
}

func (l *layers) apiKeys() []APIKey {
	var keys []APIKey
	for i := range l.length("auth.keys") {
		prefix := "auth.keys." + strconv.Itoa(i)
		key := APIKey{
			Name:     l.keyName(prefix),
			Hash:     l.hash(prefix),
			Scopes:   l.scopes(prefix),
			Networks: l.networks(prefix + ".networks"),
		}
		l.checkOwn(prefix, key, keys)
		keys = append(keys, key)
	}
	return keys
}

// networksName stands in timelines and the audit trail for who was let in by legacy.networks.
const networksName = "legacy.networks"

func (l *layers) keyName(prefix string) string {
	key := prefix + ".name"
	name := l.text(key)
	switch name {
	case "":
		l.missing(prefix, "name")
		return ""
	case networksName:
		l.fault(key, fmt.Sprintf("%q is what callers without a key are called; choose another", name))
	}
	return l.name(key, name)
}

var hashPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// hash never repeats what is written: it may be a key that was pasted into the wrong place.
func (l *layers) hash(prefix string) string {
	hash := l.text(prefix + ".hash")
	switch {
	case hash == "":
		l.missing(prefix, "hash")
	case strings.HasPrefix(hash, "arik_"):
		l.fault(prefix+".hash", "is a key itself; write only its hash, and as it may have been seen here, make a new one")
	case !hashPattern.MatchString(hash):
		l.fault(prefix+".hash", "must be sha256: and 64 lower-case hexadecimal digits")
	}
	return hash
}

var knownScopes = []string{"record", "retrieve", "manage", "admin"}

func (l *layers) scopes(prefix string) []string {
	var scopes []string
	for _, scope := range l.list(prefix + ".scopes") {
		switch {
		case !slices.Contains(knownScopes, scope):
			l.fault(prefix+".scopes", fmt.Sprintf("%q is not one of %s", scope, strings.Join(knownScopes, ", ")))
		case !slices.Contains(scopes, scope):
			scopes = append(scopes, scope)
		}
	}
	if len(scopes) == 0 {
		l.missing(prefix, "scopes")
	}
	return scopes
}

// checkOwn refuses a second key of one name, which the audit trail could not tell from the first, or of one hash.
func (l *layers) checkOwn(prefix string, key APIKey, others []APIKey) {
	if key.Name != "" && slices.ContainsFunc(others, func(o APIKey) bool { return o.Name == key.Name }) {
		l.fault(prefix+".name", fmt.Sprintf("%q is the name of two keys", key.Name))
	}
	if key.Hash != "" && slices.ContainsFunc(others, func(o APIKey) bool { return o.Hash == key.Hash }) {
		l.fault(prefix+".hash", "is the hash of two keys")
	}
}
