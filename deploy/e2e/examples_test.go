//go:build !stack

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// example is a program of api/examples with the line that runs it; the username is the legacy ones' only.
type example struct {
	argv     []string
	username bool
}

// examples runs every program, each on a call of its own, all at once.
func examples(o *office) {
	folder := "../../api/examples"
	extensions := []string{"410", "412", "413", "414", "415", "416"}
	all := []example{
		{[]string{"sh", "record.sh"}, false},
		{[]string{"python3", "record.py"}, false},
		{[]string{"java", "Record.java"}, false},
		{[]string{"php", "record-get.php"}, true},
		{[]string{"php", "record-soap.php"}, true},
		{[]string{"python3", "record-soap.py"}, true},
	}
	o.everyExample(folder, all)
	for i, e := range all {
		o.t.Run(e.argv[1], func(t *testing.T) {
			t.Parallel()
			o.in(t).example(folder, e, extensions[i])
		})
	}
}

// everyExample insists that none is forgotten.
func (o *office) everyExample(folder string, all []example) {
	o.t.Helper()
	known := []string{"README.md", "crm.html"}
	for _, e := range all {
		known = append(known, e.argv[1])
	}
	files, err := os.ReadDir(folder)
	require.NoError(o.t, err)
	var there []string
	for _, f := range files {
		there = append(there, f.Name())
	}
	require.ElementsMatch(o.t, known, there)
}

// example records a call of its own, and hears that there is none on an extension where there is none.
func (o *office) example(folder string, e example, extension string) {
	name := e.argv[1]
	text, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(o.t, err)
	require.NoError(o.t, o.clients.Put(name, text))
	arguments := func(extension string) []string {
		line := append(append([]string(nil), e.argv...), extension, name)
		if e.username {
			line = append(line, "fred")
		}
		return append(line, "1")
	}
	refused := o.command(o.t.Context(), arguments("999")...)
	said, err := refused.CombinedOutput()
	require.Error(o.t, err)
	require.Equal(o.t, 1, refused.ProcessState.ExitCode())
	require.Contains(o.t, string(said), "no live call on extension 999")
	require.NotContains(o.t, string(said), o.key)

	c := o.call(lab.CallOptions{To: extension})
	p := o.run(arguments(extension)...)
	id := o.idIn(p.until("started")[0])
	p.until("stopped")
	o.hangUp(c)
	retrieved := p.until("retrieved")
	p.ends()
	wav := id + ".wav"
	if _, err := os.Stat(filepath.Join(o.clients.Dir, wav)); err != nil {
		wav = name + ".wav" // SOAP's answer to start is a line for people: these save by the tag
	}
	require.Contains(o.t, retrieved[len(retrieved)-1], wav)
	require.Equal(o.t, o.audio(id), o.file(wav))
}
