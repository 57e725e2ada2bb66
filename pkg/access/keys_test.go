package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
)

func TestNewKey(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		secret := access.NewKey()
		require.Regexp(t, `^arik_[a-z2-7]{52}$`, secret, "one word to a double click, no 0, 1, 8 or 9")
		require.False(t, seen[secret])
		seen[secret] = true
	}
}

func TestHashOf(t *testing.T) {
	// echo -n arik_x | sha256sum
	require.Equal(t, "sha256:393b976dc93f1aa6815428833141d17e3c2b249c49e34c577cd94ede03ac5c70", access.HashOf("arik_x"))
	require.NoError(t, access.CheckHash(access.HashOf(access.NewKey())))
}

func TestFaultyHashes(t *testing.T) {
	digits := strings.Repeat("0a", 32)
	for _, hash := range []string{
		"", "sha256:", digits, "md5:" + digits, "SHA256:" + digits, "sha256:" + strings.ToUpper(digits),
		"sha256:" + digits + "0", "sha256:" + digits[1:], "sha256:" + digits[:62] + "xy", " sha256:" + digits,
	} {
		err := access.CheckHash(hash)
		require.EqualError(t, err, "must be sha256: and 64 lower-case hexadecimal digits", hash)
	}
	secret := access.NewKey()
	require.ErrorContains(t, access.CheckHash(secret), "only its hash belongs here")
	require.NotContains(t, access.CheckHash(secret).Error(), secret)
}
