package config

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckKeyByTheRulesOfTheFile(t *testing.T) {
	hash := "sha256:" + strings.Repeat("ab", 32)
	key, err := CheckKey("crm", hash, []string{"record", "retrieve"}, []string{"10.0.0.0/8"})
	require.NoError(t, err)
	require.Equal(t, APIKey{"crm", hash, []string{"record", "retrieve"}, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, key)

	_, err = CheckKey("c r m", hash, []string{"play"}, []string{"10.1.0.0/8"})
	var faults Errors
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 3)
	for i, want := range []string{"name: ", "scopes: ", "networks: "} {
		require.True(t, strings.HasPrefix(faults[i].String(), want), faults[i])
		require.Contains(t, faults[i].String(), "(command line)")
	}
	_, err = CheckKey("legacy.networks", hash, []string{"record"}, nil)
	require.ErrorContains(t, err, "choose another")
	_, err = CheckKey("", hash, nil, nil)
	require.ErrorContains(t, err, "name: is missing")
	require.ErrorContains(t, err, "scopes: is missing")
}
