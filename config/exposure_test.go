package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

func TestPublicAddressNeedsAWrittenConsent(t *testing.T) {
	tests := []struct {
		key, value string
		exposed    bool
	}{
		{"http.listen", "127.0.0.1:8080", false},
		{"http.listen", "127.8.9.10:0", false},
		{"http.listen", "[::1]:8080", false},
		{"http.listen", "[::ffff:127.0.0.1]:8080", false},
		{"http.listen", "LocalHost:8080", false},
		{"http.listen", ":8080", true},
		{"http.listen", "0.0.0.0:8080", true},
		{"http.listen", "[::]:8080", true},
		{"http.listen", "10.0.0.5:8080", true},
		{"http.listen", "recorder.example.org:8080", true},
		{"http.listen", "localhost.example.org:8080", true},
		{"http.public_url", "https://recorder.example.org", true},
		{"http.trusted_proxies", "127.0.0.1/32", true},
	}
	for _, test := range tests {
		t.Run(test.key+"="+test.value, func(t *testing.T) {
			opts := options(variable(test.key) + "=" + test.value)
			if !test.exposed {
				require.Equal(t, config.Auth{Local: true}, load(t, opts).Auth)
				return
			}
			all := faults(t, opts)
			require.Len(t, all, 1, "%v", all)
			require.Equal(t, test.key, all[0].Key)
			require.Contains(t, all[0].Text, "auth.required: false")

			for _, admits := range []string{"--auth-required=false", "--legacy-networks=10.0.0.0/8"} {
				opts.Flags = flagSet(t, admits)
				c := load(t, opts)
				require.Equal(t, len(c.Legacy.Networks) > 0, c.Auth.Required)
				require.False(t, c.Auth.Local)
			}
			opts.Flags = nil

			opts.Environ = append(opts.Environ, "ARI_RECORDER_AUTH_REQUIRED=false")
			require.Equal(t, config.Auth{}, load(t, opts).Auth)
		})
	}
}

func TestEmptyConsentIsNone(t *testing.T) {
	all := faults(t, options("ARI_RECORDER_HTTP_LISTEN=:8080", "ARI_RECORDER_AUTH_REQUIRED="))
	require.Equal(t, "http.listen", all[0].Key)
}
