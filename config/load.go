package config

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// Options says where Load looks. The zero value reads the process's environment and the default files.
type Options struct {
	File     string                 // file named by --config; "" searches Search
	Search   []string               // files of which the first that exists is read; nil means DefaultSearch()
	Flags    *pflag.FlagSet         // flags made by BindFlags, parsed; nil for none
	Environ  []string               // the environment as NAME=value; nil means the process's own
	Hostname func() (string, error) // the host's name; nil means os.Hostname
}

// DefaultSearch returns the files that are tried when none is named.
func DefaultSearch() []string {
	return []string{"./ari-recorder.yaml", "/etc/ari-recorder/ari-recorder.yaml"}
}

// Load reads file, environment and flags, each overriding the one before, and returns the validated result. An empty
// value counts as not written; an empty flag takes its key back to the default. The error is always an Errors.
func Load(opts Options) (Config, error) {
	opts = opts.withDefaults()
	l := newLayers()
	file, readable := l.addFile(opts)
	l.addEnviron(opts.Environ)
	l.addFlags(opts.Flags)
	if !readable {
		// What the file says is unknown: faults about the rest would be guesses.
		return Config{}, l.faults
	}
	c := l.config(opts.Hostname)
	c.File = file
	if len(l.faults) > 0 {
		return Config{}, l.faults
	}
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Search == nil {
		o.Search = DefaultSearch()
	}
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Hostname == nil {
		o.Hostname = os.Hostname
	}
	return o
}

// layers is what was written, before it is understood. viper decides who overrides whom; it is given texts only,
// under flat keys, so that it guesses no types: a password of 0123 stays what it is.
type layers struct {
	v      *viper.Viper
	items  map[string]string // texts in lists of mappings, which are replaced as a whole; viper would take quadratic time
	from   map[string]string // key → where its value was written; no entry: nowhere
	faults Errors
}

func newLayers() *layers {
	l := &layers{v: viper.New(), items: map[string]string{}, from: map[string]string{}}
	for _, k := range table {
		l.v.SetDefault(k.Name, k.fallback())
	}
	return l
}

func (l *layers) merge(values map[string]any, key string) {
	if err := l.v.MergeConfigMap(values); err != nil {
		l.faults = append(l.faults, Fault{Key: key, Text: err.Error(), Source: key})
	}
}

// source names where the value of key comes from: for a missing field of a node, where the node is written.
func (l *layers) source(key string) string {
	for key != "" {
		if from, ok := l.from[key]; ok {
			return from
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return "default"
}

func (l *layers) written(key string) bool {
	_, ok := l.from[key]
	return ok
}

// faulty tells whether the value of key is known to be wrong, so that what follows from it need not be said as well.
func (l *layers) faulty(key string) bool {
	return slices.ContainsFunc(l.faults, func(f Fault) bool { return f.Key == key })
}

// faultyBelow tells whether key, or something in its list, is known to be wrong.
func (l *layers) faultyBelow(key string) bool {
	return slices.ContainsFunc(l.faults, func(f Fault) bool { return f.Key == key || strings.HasPrefix(f.Key, key+".") })
}

// fault notes that the value of key is wrong.
func (l *layers) fault(key, text string) {
	l.faults = append(l.faults, Fault{Key: key, Text: text, Source: l.source(key)})
}

// config reads the typed value. It goes on after a fault, so that all of them are found.
func (l *layers) config(hostname func() (string, error)) Config {
	c := Config{
		DataDir:   l.dataDir(),
		Instance:  l.instance(hostname),
		HTTP:      l.http(),
		Asterisk:  l.asterisk(),
		Recording: l.recording(),
		Legacy:    l.legacy(),
		Access:    Access{Users: l.users()},
		Limits:    Limits{PerKey: l.rate("limits.per_key"), PerAddress: l.rate("limits.per_address")},
		Log:       l.logging(),
	}
	c.Database = l.database(c.DataDir)
	c.Storage = l.storage(c.DataDir)
	c.Auth = l.auth(c.HTTP, c.Legacy.Networks)
	return c
}
