package config

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// BindFlags adds a flag for every key that one text can hold, secrets excepted: --asterisk-username for
// asterisk.username. Hand the set to Load after parsing it.
func BindFlags(flags *pflag.FlagSet) {
	for _, k := range table {
		if k.Flag == "" {
			continue
		}
		text := strings.TrimSuffix(k.Text, ".")
		if k.derived {
			text += fmt.Sprintf(" (default: %s)", k.Default)
		}
		flag := flags.VarPF(&flagValue{text: k.fallback(), hint: k.hint}, k.Flag, "", text)
		if k.hint == "BOOLEAN" {
			flag.NoOptDefVal = "true"
		}
	}
}

// flagValue keeps the text of a flag as it was typed; Load checks it, in one go with everything else.
type flagValue struct{ text, hint string }

func (f *flagValue) String() string { return f.text }

func (f *flagValue) Type() string { return f.hint }

func (f *flagValue) Set(text string) error {
	f.text = text
	return nil
}

func (l *layers) addFlags(flags *pflag.FlagSet) {
	if flags == nil {
		return
	}
	for _, k := range table {
		flag := flags.Lookup(k.Flag)
		if k.Flag == "" || flag == nil {
			continue
		}
		if flag.Changed {
			l.from[k.Name] = "flag --" + k.Flag
		}
		if err := l.v.BindPFlag(k.Name, flag); err != nil {
			l.fault(k.Name, err.Error())
		}
	}
}
