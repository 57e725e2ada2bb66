package httpapi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
)

func TestBasicWithoutAPasswordIsNoKey(t *testing.T) {
	for _, gate := range []access.Options{keys(), {}, {Local: true}, {Required: true, LegacyNetworks: networks("127.0.0.0/8")}} {
		s := guarded(t, Options{}, gate)
		for _, value := range []string{basic("secret-r", ""), "Basic c2VjcmV0LXI="} {
			r := s.get(legacyPath, "Authorization", value)
			require.Equal(t, 401, r.StatusCode)
			require.Contains(t, r.body, "password")
			require.NotContains(t, r.body, "secret")
		}
		if !gate.Required {
			require.Equal(t, 200, s.get(legacyPath, "Authorization", basic("", "")).StatusCode, "nothing is shown")
		}
	}
}
