package doctor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
)

func TestRoom(t *testing.T) {
	const gib = 1 << 30
	require.Equal(t, OK, room(archive.Space{Free: 20 * gib, Total: 100 * gib}, 0))
	require.Equal(t, Warning, room(archive.Space{Free: 4 * gib, Total: 100 * gib}, 0), "4 % are little")
	require.Equal(t, Warning, room(archive.Space{Free: gib, Total: 2 * gib}, 0), "1 GiB is little")
	require.Equal(t, Fault, room(archive.Space{Free: 100 << 20, Total: 2 * gib}, 0))
	require.Equal(t, Warning, room(archive.Space{Free: 11 * gib, Total: 100 * gib}, 3*gib), "not much more than storage.min_free")
	require.Equal(t, Fault, room(archive.Space{Free: 2 * gib, Total: 20 * gib}, 3*gib), "storage.min_free refuses starts")
}

func TestSkew(t *testing.T) {
	require.Empty(t, skew(2400*time.Millisecond, 500*time.Millisecond))
	require.Empty(t, skew(-2400*time.Millisecond, 500*time.Millisecond))
	require.Equal(t, "2.6s ahead of this machine's", skew(2600*time.Millisecond, 500*time.Millisecond))
	require.Equal(t, "1m0s behind this machine's", skew(-time.Minute, 0))
}

func TestVersions(t *testing.T) {
	for text, want := range map[string][2]int{"22.10.1+dfsg+~cs6.17": {22, 10}, "16.28.0~dfsg-0+deb11u4": {16, 28}, "certified/18.9-cert4": {18, 9}, "13.38.3": {13, 38}} {
		major, minor, known := readVersion(text)
		require.True(t, known)
		require.Equal(t, want, [2]int{major, minor}, text)
	}
	_, _, known := readVersion("GIT-master-0a1b2c3")
	require.False(t, known)
	for text, want := range map[string]Status{"16.28.0": OK, "22.10.1": OK, "16.2.1": Warning, "13.38.3": Warning, "20.5.0": Hint, "GIT-master": Hint} {
		v := &visit{}
		v.greeting.Version = text
		v.version()
		require.Equal(t, want, v.list[0].Status, text)
	}
	for text, want := range map[string]bool{"16.28.0": true, "20.13.0": true, "20.14.0": false, "21.9.1": true, "22.3.0": true, "22.4.0": false, "23.0.0": false} {
		require.Equal(t, want, remembers(text), text)
	}
}
