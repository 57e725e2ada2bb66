package asterisk

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/stretchr/testify/require"
)

// told is an event as Asterisk 22 tells it.
const told = `{"type":"ChannelStateChange","timestamp":"2026-11-25T12:00:00.123+0100","channel":{"id":"1795418221.7","name":"PJSIP/410-00000007",
"state":"Up","protocol_id":"a84b4c76e66710","caller":{"name":"Ann","number":"410"},"connected":{"name":"","number":"0301234567"},"accountcode":"",
"dialplan":{"context":"default","exten":"s","priority":1,"app_name":"Dial","app_data":"PJSIP/410,30"},"creationtime":"2026-11-25T11:59:58.000+0100",
"language":"en","channelvars":{"CHANNEL(linkedid)":"1795418221.6"}},"asterisk_id":"00:00:00:00:00:01","application":"ari-recorder"}`

func TestAnEventIsReadAsTheLibraryReadsIt(t *testing.T) {
	for kind, made := range events {
		text := []byte(`{"type":"` + kind + told[len(`{"type":"ChannelStateChange`):])
		want, err := ari.DecodeEvent(text)
		require.NoError(t, err)
		got, err := decode(text, made)
		require.NoError(t, err)
		require.Equal(t, want, got)
		found, at := headOf(text)
		require.Equal(t, kind, found)
		require.True(t, time.Date(2026, 11, 25, 11, 0, 0, 123_000_000, time.UTC).Equal(at))
	}
	for _, odd := range []string{``, `{`, `[]`, `null`, `{"type":7}`, `{"timestamp":"yesterday"}`, `{"channel":{"type":"Dial"}}`} {
		kind, at := headOf([]byte(odd))
		require.NotContains(t, events, kind, odd)
		require.True(t, at.IsZero(), odd)
	}
}

// What an event may cost: a busy Asterisk tells 20,000 a second.
func TestAnEventIsReadWithinItsBudget(t *testing.T) {
	text := []byte(told)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { headOf(text) }), 2.0, "what is filtered")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		kind, _ := headOf(text)
		_, _ = decode(text, events[kind])
	}), 47.0)
}

func BenchmarkEvent(b *testing.B) {
	text := []byte(told)
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			kind, _ := headOf(text)
			_, _ = decode(text, events[kind])
		}
	})
	b.Run("left", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			headOf(text)
		}
	})
	b.Run("by the library after its head", func(b *testing.B) { // as it was
		b.ReportAllocs()
		for b.Loop() {
			var head struct {
				Type      string       `json:"type"`
				Timestamp ari.DateTime `json:"timestamp"`
			}
			_ = json.Unmarshal(text, &head)
			_, _ = ari.DecodeEvent(text)
		}
	})
}
