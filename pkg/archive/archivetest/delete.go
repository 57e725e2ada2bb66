package archivetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

func testDelete(t *testing.T, b bench) {
	b.put(ID, time.Second)
	kept := b.put(other, time.Second)
	require.NoError(t, b.Archive.Delete(t.Context(), Row(ID)), "whatever the row knows")
	b.lacks(ID)
	require.Equal(t, []string{kept.Key}, b.Stored())
	require.NoError(t, b.Archive.Delete(t.Context(), Row(ID)), "twice")
	require.NoError(t, b.Archive.Delete(t.Context(), &recording.Recording{ID: ID}), "a day that nobody has")
	elsewhere := &recording.Recording{ID: ID, Audio: kept}
	require.NoError(t, b.Archive.Delete(t.Context(), elsewhere), "the row says where it is")
	require.Empty(t, b.Stored())
}

func testDeleteElse(t *testing.T, b bench) {
	kept := b.put(ID, time.Second)
	longer := Key(ID) + ".wav" // begins with the other's key
	b.Plant(longer, []byte("somebody's"))
	for _, key := range []string{".", "..", "2026/11/23", "2026/11/23/", ".wav", "../secret.wav", "/" + kept.Key} {
		require.Error(t, b.Archive.Delete(t.Context(), &recording.Recording{ID: "x", Audio: &recording.Audio{Key: key}}), key)
	}
	require.Error(t, b.Archive.Delete(t.Context(), &recording.Recording{}))
	require.Error(t, b.Archive.Delete(ended(t), Row(ID)))
	require.ElementsMatch(t, []string{kept.Key, longer}, b.Stored())
	require.NoError(t, b.Archive.Delete(t.Context(), Row(ID)))
	require.Equal(t, []string{longer}, b.Stored())
}
