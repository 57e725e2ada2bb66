package lab

import (
	"bytes"
	"embed"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"ari-recorder/deploy/lab/tone"
)

//go:embed conf
var confFiles embed.FS

var confTemplates = template.Must(template.ParseFS(confFiles, "conf/*.tmpl"))

// asteriskConf is what the templates of conf/ are filled with.
type asteriskConf struct {
	ModuleDir                          string
	Modules                            []string
	Phones                             []Phone
	Technology                         Technology
	Dial, DialThird                    string // what a call to a phone dials, and to one whose port stands in the number
	SystemName                         string
	ChannelVars, Verbose               bool
	SessionLimit                       int
	SIPPort, HTTPPort, HTTPSPort       int
	Secure                             bool // by https, too
	AMIPort                            int  // 0: no manager interface
	RTPStart, RTPEnd                   int
	Username, Password                 string
	ReadOnlyUsername, ReadOnlyPassword string
}

// subfolders of an instance's own folder, each /srv/<name> in the root folder.
var subfolders = []string{"conf", "lib/keys", "spool/recording", "spool/monitor", "run", "log/cdr-custom", "log/cel-custom", "moh", "phones"}

// write lays out an instance's folder: configuration, music, empty spool.
func (c asteriskConf) write(dir string) error {
	for _, sub := range subfolders {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for _, t := range confTemplates.Templates() {
		var text bytes.Buffer
		if err := t.Execute(&text, c); err != nil {
			return err
		}
		name := strings.TrimSuffix(path.Base(t.Name()), ".tmpl")
		if err := os.WriteFile(filepath.Join(dir, "conf", name), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "moh", "music.ulaw"), tone.MuLaw(tone.Sine(MusicTone, sampleRate, sampleRate)), 0o644)
}
