package recording

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatAnOperatorMustLookAt(t *testing.T) {
	began := time.Date(2026, 11, 23, 7, 17, 2, 0, time.UTC)
	for _, test := range []struct {
		name  string
		row   Recording
		level slog.Level
	}{
		{"it runs", Recording{State: Active, StartedAt: began}, slog.LevelInfo},
		{"hung up before it began", Recording{State: Failed, Failure: &Failure{Code: FailChannelGone}}, slog.LevelInfo},
		{"refused by Asterisk", Recording{State: Failed, Failure: &Failure{Code: FailRefused}}, slog.LevelWarn},
		{"cut off, perhaps after the answer", Recording{State: Failed, Failure: &Failure{Code: FailInterrupt}}, slog.LevelError},
		{"it ran, and there is no file", Recording{State: Failed, Failure: &Failure{Code: FailNoFile}, StartedAt: began}, slog.LevelError},
		{
			"stopped as it began", Recording{State: Failed, Failure: &Failure{Code: FailNoAudio}, StartedAt: began, EndedAt: began.Add(time.Second / 50)},
			slog.LevelWarn,
		},
		{"a minute of nothing", Recording{State: Failed, Failure: &Failure{Code: FailNoAudio}, StartedAt: began, EndedAt: began.Add(time.Minute)}, slog.LevelError},
	} {
		require.Equal(t, test.level, weight(&test.row), test.name)
	}
}
