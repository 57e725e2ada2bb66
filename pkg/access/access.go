// Package access decides who may do what: API keys with scopes and networks, the networks that need no key at the legacy
// address, which user may hear which recording, and how many requests a second somebody may make. It knows no transport.
package access

import (
	"errors"
	"net/netip"
	"time"
)

// Scope is what a key may be used for.
type Scope string

// The scopes. Admin includes all others.
const (
	Record   Scope = "record"   // start, stop, pause, resume; live calls
	Retrieve Scope = "retrieve" // recordings, their audio and call records
	Manage   Scope = "manage"   // tag, private, legal hold, delete, restore
	Admin    Scope = "admin"    // erase, the audit trail
)

// Key is a credential as the configuration has it: the secret itself is known to its holder only.
type Key struct {
	Name     string // of whom or what it was given to; in timelines and the audit trail
	Hash     string // of the secret, see HashOf
	Scopes   []Scope
	Networks []netip.Prefix // from which it may be used; empty: from anywhere
}

// NewKey makes a secret of 256 random bits.
func NewKey() (secret string) { return "" }

// HashOf is what the configuration keeps of a secret: "sha256:" and its digest in lower-case hex. A secret of 256 random
// bits cannot be guessed, so nothing slower is needed.
func HashOf(secret string) string { return "" }

// CheckHash tells what is wrong with a hash in a configuration.
func CheckHash(hash string) error { return nil }

// Options are the rules of a site.
type Options struct {
	Required       bool // false: who shows no key may do everything
	Local          bool // with Required false: only requests of this machine itself; see Gate.Admit
	Keys           []Key
	LegacyNetworks []netip.Prefix // may use the legacy address without a key
}

// Gate admits callers. It is safe for concurrent use.
type Gate struct{}

// NewGate makes a gate.
func NewGate(o Options) *Gate { return &Gate{} }

// Request is what a caller shows.
type Request struct {
	Secret  string     // empty: none
	Address netip.Addr // the client's, after trusted proxies
	// Forwarded says that a header of a proxy came from an address that is not trusted as one: nobody knows who is behind
	// it, so a loopback address is not taken for this machine's own.
	Forwarded bool
	Legacy    bool // asked at the legacy address
}

// Caller is somebody who was admitted.
type Caller struct {
	Name string // the key's; empty without one
	// contains filtered or unexported fields
}

// May tells whether the caller has one of the scopes; without any named, every caller may.
func (c Caller) May(anyOf ...Scope) bool { return true }

// Why a request is refused.
var (
	ErrNoKey      = errors.New("credentials are missing")
	ErrUnknownKey = errors.New("the key is not known")
	ErrNetwork    = errors.New("the key may not be used from this address")
)

// Admit finds out who asks. A wrong key is never let through, even where none would be needed. It returns ErrNoKey,
// ErrUnknownKey or ErrNetwork. Secrets are compared in constant time.
func (g *Gate) Admit(r Request) (Caller, error) { return Caller{}, nil }

// User is a rule about one username.
type User struct {
	Username   string   // exactly, or * for everyone who has no rule of their own
	Extensions []string // that may be heard, with * for any run of characters; empty: all
	Tags       []string // the same for tags; both must match
	Private    bool     // private recordings, too
}

// Users decides which recordings a username may hear; it is a recording.Access.
type Users struct{}

// NewUsers makes the rules. Without any, everybody may hear everything but private recordings.
func NewUsers(rules []User) *Users { return &Users{} }

// MayHear tells whether somebody of that name may hear a recording of the extension under the tag.
func (u *Users) MayHear(username, extension, tag string, private bool) bool { return true }

// Rate bounds requests.
type Rate struct {
	PerSecond float64 // 0: no limit
	Burst     int     // how many may come at once
}

// Limiter counts requests by somebody's name. It is safe for concurrent use, and its memory is bounded however many names
// there are.
type Limiter struct{}

// NewLimiter makes a limiter that gives each name the same rate.
func NewLimiter(r Rate) *Limiter { return &Limiter{} }

// Allow takes one request of the name's, or tells how long it has to wait.
func (l *Limiter) Allow(name string) (wait time.Duration, ok bool) { return 0, true }
