package httpapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
)

// How people have put keys where none belong: %s is the key.
var misplaced = []string{
	"?method=start&tag=22?apiKey=%s", "?tag=22%26apiKey=%s", "?tag=22%2526apiKey=%s", "?apiKey[]=%s", "?api_key=%s", "?x-api%2Dkey=%s",
	"?X-API-Key=%s", "?tag=22,apiKey=%s", "?tag=22;apiKey=%s", "?apiKey:%s", "?a%70iKey=%s", "/apiKey=%s", ";apiKey=%s", "/api-key/%s",
}

// unnamed are those that only the key itself gives away.
var unnamed = []string{"?key=%s", "?Authorization=Bearer%20%s", "?%s", "/%s", "?tag=22%3D%s&x=1"}

func TestKeysInOddPlacesAreNotWrittenDown(t *testing.T) {
	secret := access.NewKey()
	tail := secret[len(secret)-20:]
	rows := &trail{}
	s := guarded(t, Options{Denied: rows.write}, keys())
	for _, place := range append(unnamed, misplaced...) {
		for _, text := range []string{
			secret, strings.ToUpper(secret), strings.Replace(secret, "_", "%5F", 1), "%61rik" + secret[4:], "%2561rik" + secret[4:], secret[:8] + "%61" + secret[8:],
		} {
			path := strings.ReplaceAll(place, "%s", text)
			for _, base := range []string{"/v1/calls", "/any", "/nowhere", legacyPath} {
				r := s.get(base+path, "X-Request-Id", secret)
				require.NotContains(t, strings.ToLower(r.body), tail, path)
				require.NotContains(t, r.Header.Get("X-Request-Id"), tail)
			}
		}
	}
	for _, place := range misplaced {
		s.get("/any" + strings.ReplaceAll(place, "%s", "geheim/1"))
	}
	s.ask(strings.ToUpper(secret), "/any")
	s.get("/any?tag=22&arik=1&marika=2", "X-Request-Id", "apiKey=geheim")
	s.stop()
	log := strings.ToLower(s.log.String())
	require.NotContains(t, log, tail)
	require.NotContains(t, log, "geheim")
	require.Contains(t, log, "tag=22&arik=1&marika=2", "what is no key")
	for _, row := range rows.all() {
		require.NotContains(t, strings.ToLower(row.Subject+row.Actor.RequestID), tail)
	}
	require.NotEmpty(t, rows.all())
}

func TestWhatDoorsRefuseIsWrittenDownWithoutKeys(t *testing.T) {
	rows := &trail{}
	s := serve(t, Options{Denied: rows.write})
	s.Denied(t.Context(), entry("192.0.2.1", "tag=22?apiKey=geheim&x=1"))
	require.Equal(t, "tag=22?apiKey=REDACTED&x=1", rows.all()[0].Subject)
}
