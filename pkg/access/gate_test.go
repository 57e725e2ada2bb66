package access_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
)

var everyScope = []access.Scope{access.Record, access.Retrieve, access.Manage, access.Admin}

func networks(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func from(address string) access.Request {
	return access.Request{Address: netip.MustParseAddr(address)}
}

// scopesOf returns what the caller may do, in words.
func scopesOf(c access.Caller) string {
	var may []string
	for _, s := range everyScope {
		if c.May(s) {
			may = append(may, string(s))
		}
	}
	return strings.Join(may, " ")
}

func TestKeysAndTheirScopes(t *testing.T) {
	tests := map[string]struct {
		scopes []access.Scope
		want   string
	}{
		"record":          {[]access.Scope{access.Record}, "record"},
		"two":             {[]access.Scope{access.Manage, access.Retrieve}, "retrieve manage"},
		"admin":           {[]access.Scope{access.Admin}, "record retrieve manage admin"},
		"none":            {nil, ""},
		"of another time": {[]access.Scope{"fly"}, ""},
	}
	for name, test := range tests {
		for _, required := range []bool{true, false} {
			t.Run(fmt.Sprint(name, required), func(t *testing.T) {
				secret := access.NewKey()
				gate := access.NewGate(access.Options{Required: required, Keys: []access.Key{
					{Name: "other", Hash: access.HashOf(access.NewKey()), Scopes: everyScope},
					{Name: name, Hash: access.HashOf(secret), Scopes: test.scopes},
				}})
				caller, err := gate.Admit(access.Request{Secret: secret})
				require.NoError(t, err)
				require.Equal(t, name, caller.Name)
				require.Equal(t, test.want, scopesOf(caller), "also where no key is needed, a key gives its own scopes")
				require.True(t, caller.May())
				require.Equal(t, test.want != "", caller.May(everyScope...))
			})
		}
	}
}

func TestWrongKeysAreRefusedEverywhere(t *testing.T) {
	secret := access.NewKey()
	hash := access.HashOf(secret)
	keys := []access.Key{{Name: "crm", Hash: hash, Scopes: everyScope}, {Name: "faulty", Scopes: everyScope}, {Name: "cut", Hash: hash[:70]}}
	for _, o := range []access.Options{
		{Required: true, Keys: keys}, {Keys: keys}, {Local: true, Keys: keys}, {}, {Required: true},
		{Required: true, Keys: keys, LegacyNetworks: networks("0.0.0.0/0")},
	} {
		gate := access.NewGate(o)
		for _, wrong := range []string{access.NewKey(), secret[:len(secret)-1], secret + "a", strings.ToUpper(secret), " ", hash} {
			caller, err := gate.Admit(access.Request{Secret: wrong, Address: netip.MustParseAddr("127.0.0.1"), Legacy: true})
			require.ErrorIs(t, err, access.ErrUnknownKey)
			require.Zero(t, caller)
		}
	}
}

func TestWhoShowsNoKey(t *testing.T) {
	const nobody, everything, legacy = "", "record retrieve manage admin", "record retrieve"
	site := networks("10.0.0.0/8", "127.0.0.0/8", "2001:db8::/32", "::1/128", "::ffff:192.168.0.0/112")
	required := access.Options{Required: true, LegacyNetworks: site}
	local := access.Options{Local: true}
	tests := map[string]struct {
		options access.Options
		address string
		legacy  bool
		want    string
	}{
		"required":                         {options: required, address: "10.0.0.1", want: nobody},
		"legacy network":                   {options: required, address: "10.0.0.1", legacy: true, want: legacy},
		"legacy network, IPv4 in IPv6":     {options: required, address: "::ffff:10.0.0.1", legacy: true, want: legacy},
		"written as IPv4 in IPv6":          {options: required, address: "192.168.0.1", legacy: true, want: legacy},
		"legacy network, IPv6":             {options: required, address: "2001:db8::1", legacy: true, want: legacy},
		"legacy network with a zone":       {options: required, address: "2001:db8::1%eth0", legacy: true, want: legacy},
		"legacy, other network":            {options: required, address: "172.16.0.1", legacy: true, want: nobody},
		"legacy, other half of a /112":     {options: required, address: "192.169.0.1", legacy: true, want: nobody},
		"legacy, this machine":             {options: required, address: "127.0.0.1", legacy: true, want: legacy},
		"required, this machine":           {options: required, address: "127.0.0.1", want: nobody},
		"local":                            {options: local, address: "127.0.0.1", want: everything},
		"local, IPv6":                      {options: local, address: "::1", want: everything},
		"local, IPv4 in IPv6":              {options: local, address: "::ffff:127.8.9.1", want: everything},
		"local, at the legacy address":     {options: local, address: "127.0.0.1", legacy: true, want: everything},
		"local, from elsewhere":            {options: local, address: "10.0.0.1", want: nobody},
		"not required":                     {address: "203.0.113.9", want: everything},
		"not required, at the legacy path": {options: access.Options{LegacyNetworks: site}, address: "203.0.113.9", legacy: true, want: everything},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			request := from(test.address)
			request.Legacy = test.legacy
			caller, err := access.NewGate(test.options).Admit(request)
			require.Equal(t, test.want, scopesOf(caller))
			if test.want == nobody {
				require.ErrorIs(t, err, access.ErrNoKey)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want == legacy, caller.Name == access.LegacyName)
		})
	}
}

func TestAnUnknownAddressIsNobodys(t *testing.T) {
	for _, o := range []access.Options{{Local: true}, {Required: true, LegacyNetworks: networks("0.0.0.0/0", "::/0")}} {
		_, err := access.NewGate(o).Admit(access.Request{Legacy: true})
		require.ErrorIs(t, err, access.ErrNoKey)
	}
	bound := access.Key{Name: "crm", Hash: access.HashOf("secret"), Networks: networks("0.0.0.0/0", "::/0")}
	_, err := access.NewGate(access.Options{Keys: []access.Key{bound}}).Admit(access.Request{Secret: "secret"})
	require.ErrorIs(t, err, access.ErrNetwork)
}

func TestNetworksOfKeys(t *testing.T) {
	secret := access.NewKey()
	gate := access.NewGate(access.Options{
		Required:       true,
		LegacyNetworks: networks("0.0.0.0/0"),
		Keys:           []access.Key{{Name: "crm", Hash: access.HashOf(secret), Scopes: everyScope, Networks: networks("10.1.0.0/16", "127.0.0.0/8", "fe80::/10")}},
	})
	tests := map[string]struct {
		address  string
		admitted bool
	}{
		"inside":              {address: "10.1.2.3", admitted: true},
		"inside, mapped":      {address: "::ffff:10.1.2.3", admitted: true},
		"inside, with a zone": {address: "fe80::1%eth0", admitted: true},
		"outside":             {address: "10.2.2.3"},
		"this machine":        {address: "127.0.0.1", admitted: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			request := from(test.address)
			request.Secret, request.Legacy = secret, true
			caller, err := gate.Admit(request)
			require.Equal(t, "crm", caller.Name, "the trail knows whose key it was")
			if test.admitted {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, access.ErrNetwork)
			require.Empty(t, scopesOf(caller))
		})
	}
}

func TestAGateKeepsItsRules(t *testing.T) {
	secret := access.NewKey()
	o := access.Options{Required: true, Keys: []access.Key{
		{Name: "crm", Hash: access.HashOf(secret), Scopes: []access.Scope{access.Record}, Networks: networks("10.0.0.0/8")},
	}}
	gate := access.NewGate(o)
	o.Keys[0].Scopes[0], o.Keys[0].Networks[0] = access.Admin, netip.MustParsePrefix("0.0.0.0/0")
	request := from("10.0.0.1")
	request.Secret = secret
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			caller, err := gate.Admit(request)
			if err != nil || scopesOf(caller) != "record" {
				t.Errorf("%v, %v", caller, err)
			}
		})
	}
	group.Wait()
}

// BenchmarkAdmit shows that comparing with every key costs microseconds.
func BenchmarkAdmit(b *testing.B) {
	var o access.Options
	var secret string
	for i := range 1000 {
		secret = access.NewKey()
		o.Keys = append(o.Keys, access.Key{Name: fmt.Sprint(i), Hash: access.HashOf(secret)})
	}
	gate := access.NewGate(o)
	for b.Loop() {
		if _, err := gate.Admit(access.Request{Secret: secret}); err != nil {
			b.Fatal(err)
		}
	}
}
