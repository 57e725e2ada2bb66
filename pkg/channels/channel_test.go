package channels_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
)

func TestExtensionOf(t *testing.T) {
	desk := regexp.MustCompile(`^sip-(\d+)-desk$`)
	prefixed := regexp.MustCompile(`^99(\d{3})$`)
	for _, c := range []struct {
		name    string
		pattern *regexp.Regexp
		want    string
	}{
		{"SIP/410-12FA7B", nil, "410"},
		{"PJSIP/410-00000002", nil, "410"},
		{"IAX2/410-7", nil, "410"},
		{"PJSIP/north-office-00000003", nil, "north-office"},
		{"DAHDI/1-1", nil, "1"},
		{"DAHDI/i1/5550100-2f", nil, "i1/5550100"},
		{"PJSIP/sip-410-desk-00000001", desk, "410"},
		{"PJSIP/410-00000001", desk, "410"},
		{"PJSIP/99410-00000001", prefixed, "410"},
		{"PJSIP/-00000001", nil, "-00000001"},
		{"PJSIP/410", nil, "410"},
		{"nonsense", nil, ""},
		{"", nil, ""},
	} {
		require.Equal(t, c.want, channels.ExtensionOf(c.name, c.pattern), c.name)
	}
}

func TestRecordableLeavesOutHelpersOfAsterisk(t *testing.T) {
	for name, want := range map[string]bool{
		"PJSIP/410-1": true, "SIP/410-1": true, "IAX2/410-1": true, "DAHDI/1-1": true,
		"Snoop/1795418220.0-00000001": false, "Local/410@ctx-00000001;1": false, "UnicastRTP/127.0.0.1:1-0x1": false,
		"AudioSocket/x": false, "WebSocket/x": false, "Recorder/ARI-1": false, "Announcer/ARI-1": false, "CBAnn/1": false,
	} {
		require.Equal(t, want, channels.Channel{Name: name}.Recordable(), name)
	}
}
