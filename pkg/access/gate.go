package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/netip"
	"slices"
)

// Options are the rules of a site.
type Options struct {
	Required       bool           // false: who shows no key may do everything
	Local          bool           // with Required false: only requests of this machine itself; see Gate.Admit
	Keys           []Key          // with names and hashes of their own; one whose hash is faulty lets nobody in
	LegacyNetworks []netip.Prefix // may use the legacy address without a key
}

// Gate admits callers. It is safe for concurrent use.
type Gate struct {
	required, local bool
	keys            []known
	legacy          []netip.Prefix
}

type known struct {
	digest   [sha256.Size]byte
	networks []netip.Prefix
	caller   Caller
}

// NewGate makes a gate.
func NewGate(o Options) *Gate {
	g := &Gate{required: o.Required, local: o.Local, legacy: unmap(o.LegacyNetworks)}
	for _, k := range o.Keys {
		digest, err := parseHash(k.Hash)
		if err != nil {
			continue
		}
		g.keys = append(g.keys, known{
			digest:   digest,
			networks: unmap(k.Networks),
			caller:   Caller{Name: k.Name, scopes: slices.Clone(k.Scopes)},
		})
	}
	return g
}

// Request is what a caller shows.
type Request struct {
	Secret  string     // empty: none
	Address netip.Addr // the client's, after trusted proxies; zero, which is in no network: nobody knows whose request it is
	Legacy  bool       // asked at the legacy address
}

// Why a request is refused.
var (
	ErrNoKey      = errors.New("credentials are missing")
	ErrUnknownKey = errors.New("the key is not known")
	ErrNetwork    = errors.New("the key may not be used from this address")
)

// Admit finds out who asks. A wrong key is never let through, even where none would be needed, and a right one never gives
// more than its scopes. It returns ErrNoKey, ErrUnknownKey or ErrNetwork; with the last comes the caller's name, for the
// audit trail, and no scope. Secrets are compared in constant time.
func (g *Gate) Admit(r Request) (Caller, error) {
	if r.Secret != "" {
		return g.admitKey(r)
	}
	switch {
	case r.Legacy && r.isIn(g.legacy):
		return Caller{Name: LegacyName, scopes: []Scope{Record, Retrieve}}, nil
	case g.required, g.local && !r.isLocal():
		return Caller{}, ErrNoKey
	}
	return Caller{scopes: []Scope{Admin}}, nil
}

func (g *Gate) admitKey(r Request) (Caller, error) {
	i := g.find(r.Secret)
	if i < 0 {
		return Caller{}, ErrUnknownKey
	}
	key := g.keys[i]
	if len(key.networks) > 0 && !r.isIn(key.networks) {
		return Caller{Name: key.caller.Name}, ErrNetwork
	}
	return key.caller, nil
}

// find returns the index of the secret's key, or -1. It looks at all keys and at all of each: how long it takes tells
// nothing about which of them, or how much of one, was right.
func (g *Gate) find(secret string) int {
	digest := sha256.Sum256([]byte(secret))
	found := -1
	for i := range g.keys {
		equal := subtle.ConstantTimeCompare(digest[:], g.keys[i].digest[:])
		found = subtle.ConstantTimeSelect(equal, i, found)
	}
	return found
}

// isLocal tells a request of this machine itself.
func (r Request) isLocal() bool { return r.Address.Unmap().IsLoopback() }

// isIn tells whether the request comes from one of the networks.
func (r Request) isIn(networks []netip.Prefix) bool {
	address := r.Address.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(address) })
}

// unmap writes networks of IPv4 in IPv6 as those of IPv4, as addresses are.
func unmap(networks []netip.Prefix) []netip.Prefix {
	plain := make([]netip.Prefix, len(networks))
	for i, n := range networks {
		if plain[i] = n; n.Addr().Is4In6() && n.Bits() >= 96 {
			plain[i] = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
		}
	}
	return plain
}
