// Package access decides who may do what: API keys with scopes and networks, the networks that need no key at the legacy
// address, which user may hear which recording, and how many requests a second somebody may make. It knows no transport.
package access

import "slices"

// Scope is what a key may be used for.
type Scope string

// The scopes. Admin includes all others.
const (
	Record   Scope = "record"   // start, stop, pause, resume; live calls
	Retrieve Scope = "retrieve" // recordings, their audio and call records
	Manage   Scope = "manage"   // tag, private, legal hold, delete, restore
	Admin    Scope = "admin"    // erase, the audit trail
)

// LegacyName is the name of callers whose address is in Options.LegacyNetworks, in timelines and the audit trail. No key
// should have it.
const LegacyName = "legacy.networks"

// Caller is somebody who was admitted.
type Caller struct {
	Name   string // the key's, or LegacyName; empty for who needed neither
	scopes []Scope
}

// May tells whether the caller has one of the scopes; without any named, every caller may.
func (c Caller) May(anyOf ...Scope) bool {
	return len(anyOf) == 0 || slices.ContainsFunc(c.scopes, func(s Scope) bool {
		return s == Admin || slices.Contains(anyOf, s)
	})
}
