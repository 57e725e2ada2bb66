package recordingtest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
	"ari-recorder/pkg/sqlstore/storetest"
)

func TestStoreConforms(t *testing.T) {
	storetest.Run(t, func(*testing.T) recording.Store { return recordingtest.NewStore() })
}

func TestStoreDown(t *testing.T) {
	s := recordingtest.NewStore()
	s.Down(true)
	for method, call := range storetest.Methods(s) {
		require.ErrorIs(t, call(t.Context()), recording.ErrStoreDown, method)
	}
	s.Down(false)
	require.NoError(t, s.Ping(t.Context()))
}

func TestStoreFailNext(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	for method := range storetest.Methods(recordingtest.NewStore()) {
		s := recordingtest.NewStore()
		s.FailNext(method, first)
		s.FailNext(method, second)
		call := storetest.Methods(s)[method]
		require.ErrorIs(t, call(t.Context()), first, method)
		require.ErrorIs(t, call(t.Context()), second, method)
		err := call(t.Context())
		require.NotErrorIs(t, err, first, method)
		require.NotErrorIs(t, err, second, method)
	}
}

func TestStoreLosesAnswers(t *testing.T) {
	s := recordingtest.NewStore()
	r := &recording.Recording{ID: "a", State: recording.Starting}
	s.LoseAnswer("Create")
	require.ErrorIs(t, s.Create(t.Context(), r, recording.Event{}), recording.ErrStoreDown)
	require.Zero(t, r.Version, "the caller does not know")

	written, err := s.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, int64(1), written.Version)

	once := &recording.Recording{ID: "b", UniqueID: "b", State: recording.Starting}
	s.LoseAnswer("CreateOnce")
	require.ErrorIs(t, s.CreateOnce(t.Context(), once, recording.Event{}, recording.KeyUse{Key: "k", RecordingID: "b"}), recording.ErrStoreDown)
	require.Zero(t, once.Version)
	use, err := s.KeyUse(t.Context(), "", "k", time.Time{})
	require.NoError(t, err)
	require.Equal(t, "b", use.RecordingID)

	s.LoseAnswer("Update")
	written.Tag = "22"
	require.ErrorIs(t, s.Update(t.Context(), written), recording.ErrStoreDown)
	require.Equal(t, int64(1), written.Version)
	again, err := s.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "22", again.Tag)
	require.Equal(t, int64(2), again.Version)
}

func TestStoreAuditTrail(t *testing.T) {
	s := recordingtest.NewStore()
	require.NoError(t, s.Audit(t.Context(), recording.AuditEntry{Action: "retrieve"}))
	s.FailNext("Audit", recording.ErrStoreDown)
	require.Error(t, s.Audit(t.Context(), recording.AuditEntry{Action: "lost"}))
	require.Equal(t, []recording.AuditEntry{{Seq: 1, Action: "retrieve"}}, s.Audited())
}
