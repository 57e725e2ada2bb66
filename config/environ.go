package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// addEnviron reads the variables that begin with ARI_RECORDER_. Empty ones count as not set: compose files pass
// them on for everything that the user did not fill in.
func (l *layers) addEnviron(environ []string) {
	vars := ours(environ)
	values := map[string]any{}
	for _, k := range table {
		if path := vars[k.EnvFile]; k.shape == objects && path != "" {
			l.addItems(k, path)
		} else if value, from, ok := l.variable(k, vars); ok {
			values[k.Name] = value
			l.from[k.Name] = "environment " + from
		}
		delete(vars, k.Env)
		delete(vars, k.EnvFile)
	}
	l.merge(values, "environment")
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !setByKubernetes(name, vars[name]) {
			l.faults = append(l.faults, Fault{Key: name, Text: unknownVariable(name), Source: "environment"})
		}
	}
}

func ours(environ []string) map[string]string {
	vars := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, envPrefix) {
			vars[name] = value
		}
	}
	return vars
}

// variable returns the value of k and the variable that set it. ok is false if none did, or if there was a fault.
func (l *layers) variable(k Key, vars map[string]string) (value, from string, ok bool) {
	value, path := vars[k.Env], vars[k.EnvFile]
	switch {
	case value != "" && path != "":
		l.faults = append(l.faults, Fault{Key: k.Name, Source: "environment",
			Text: fmt.Sprintf("%s and %s are both set; remove one", k.Env, k.EnvFile)})
		return "", "", false
	case value != "":
		return value, k.Env, true
	case path == "":
		return "", "", false
	}
	value, err := readSecret(path)
	if err != nil {
		l.faults = append(l.faults, Fault{Key: k.Name, Text: err.Error(), Source: "environment " + k.EnvFile})
		return "", "", false
	}
	return value, k.EnvFile, true
}

var (
	serviceVariable = regexp.MustCompile(`_SERVICE_(HOST|PORT|PORT_[A-Z0-9_]+)$`)
	portVariable    = regexp.MustCompile(`_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$`)
	portURL         = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// setByKubernetes tells the variables that Kubernetes gives to every pod beside a Service called ari-recorder or
// ari-recorder-anything. Without it the service would not start there.
func setByKubernetes(name, value string) bool {
	if serviceVariable.MatchString(name) {
		return true
	}
	numbered := strings.Contains(name, "_PORT_")
	return portVariable.MatchString(name) && (numbered || portURL.MatchString(value))
}

func unknownVariable(name string) string {
	if base, isFile := strings.CutSuffix(name, "_FILE"); isFile {
		for _, k := range table {
			if k.Env == base {
				return "only secrets can come from a file; set " + base
			}
		}
	}
	var known []string
	for _, k := range table {
		key := envPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
		if name == key && k.EnvFile != "" {
			return "unknown variable; did you mean " + k.EnvFile + "?"
		}
		if name == key {
			return k.Name + " can only be written in the file"
		}
		known = append(known, k.Env, k.EnvFile)
	}
	return "unknown variable; " + didYouMean(name, known)
}
