package lab

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"text/template"

	"ari-recorder/deploy/lab/tone"
)

//go:embed sipp
var scenarioFiles embed.FS

// The orders that a phone's scenario understands.
const (
	orderAnswer = "answer"
	orderHold   = "hold"
	orderUnhold = "unhold"
	orderRefer  = "refer"
	orderBye    = "bye"
)

var scenarioTemplates = template.Must(template.New("").
	Funcs(template.FuncMap{"orders": func() []string { return []string{orderAnswer, orderHold, orderUnhold, orderRefer, orderBye} }}).
	ParseFS(scenarioFiles, "sipp/*.tmpl"))

// sampleRate of G.711, in hertz.
const sampleRate = 8000

// scenario fills the templates of sipp/ for one phone of one call.
type scenario struct {
	Extension  string // of this phone
	Dial       string // what a caller dials
	CalleePort int    // where its callee listens
	ToneFile   string
	From, To   string // headers of this phone's own requests within the call
	Direction  string // of media, in SDP's words
}

// With is the scenario with another direction of media.
func (s scenario) With(direction string) scenario {
	s.Direction = direction
	return s
}

func callerScenario(from, dial string, calleePort int) scenario {
	return scenario{
		Extension: from, Dial: dial, CalleePort: calleePort,
		From: fmt.Sprintf("<sip:%s@[remote_ip]>;tag=[pid]lab[call_number]", from),
		To:   fmt.Sprintf("<sip:%s@[remote_ip]>[peer_tag_param]", dial),
	}
}

func calleeScenario(extension string) scenario {
	return scenario{Extension: extension, From: "[$to];tag=[pid]lab[call_number]", To: "[$from]"}
}

// write puts the scenario and its tone beside each other, at base with the endings .xml and .ulaw. The phone sees them at seen.
func (s scenario) write(base, seen, role string, hz float64) error {
	s.ToneFile = seen + ".ulaw"
	var text bytes.Buffer
	if err := scenarioTemplates.ExecuteTemplate(&text, role+".xml.tmpl", s); err != nil {
		return err
	}
	if err := os.WriteFile(base+".xml", text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(base+".ulaw", tone.MuLaw(tone.Sine(hz, sampleRate, sampleRate)), 0o644)
}
