package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// objects reads a list of mappings: the count under the key's name, and the fields of each item under its number.
func (w *walker) objects(k Key, n *yaml.Node) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		w.reject(n, k.Name, "must be a list")
		return
	}
	if len(n.Content) == 0 {
		return
	}
	w.note(k.Name, strconv.Itoa(len(n.Content)), n)
	for i, item := range n.Content {
		w.item(fmt.Sprintf("%s.%d", k.Name, i), k.fields, item)
	}
}

func (w *walker) item(prefix string, fields []field, n *yaml.Node) {
	w.from[prefix] = w.at(n)
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if n.Kind != yaml.MappingNode {
		w.reject(n, prefix, "must hold "+strings.Join(names, ", "))
		return
	}
	for key, value := range w.pairs(prefix+".", n) {
		name := strings.TrimPrefix(key, prefix+".")
		i := slices.Index(names, name)
		switch {
		case i < 0:
			w.reject(value, key, "unknown key; "+didYouMean(name, names))
		case fields[i].shape == texts:
			w.texts(key, value)
		default:
			w.value(key, fields[i].shape, value)
		}
	}
}

// texts notes each text of a list under its number: unlike names and addresses, they may hold commas.
func (w *walker) texts(key string, n *yaml.Node) {
	var values []string
	switch {
	case isNull(n):
		return
	case plain(n):
		values = []string{n.Value}
	case n.Kind == yaml.SequenceNode && !slices.ContainsFunc(n.Content, notPlain):
		values = contents(n)
	default:
		w.reject(n, key, "must be a list of values")
		return
	}
	w.note(key, strconv.Itoa(len(values)), n)
	for i, value := range values {
		w.note(fmt.Sprintf("%s.%d", key, i), value, n)
	}
}

// addItems reads a key's list from a file of its own, which replaces what the configuration file says.
func (l *layers) addItems(k Key, path string) {
	reject := func(text string) {
		l.faults = append(l.faults, Fault{Key: k.Name, Text: text, Source: "environment " + k.EnvFile})
	}
	root, err := parseFile(path)
	if err != nil {
		reject(path + ": " + err.Error())
		return
	}
	if root = unwrap(root, k.Name); root == nil || len(root.Content) == 0 {
		reject(path + " holds no list; write one item or more into it")
		return
	}
	old := func(key, _ string) bool { return strings.HasPrefix(key, k.Name+".") }
	maps.DeleteFunc(l.items, old)
	maps.DeleteFunc(l.from, old)
	w := walker{layers: l, path: path, values: map[string]any{}, seen: map[string]bool{}}
	w.objects(k, root)
	l.merge(w.values, path)
}

// unwrap returns what lies under the key's name, or its last part, for a file that holds the key and not just its list.
func unwrap(n *yaml.Node, key string) *yaml.Node {
	for n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		section, rest, _ := strings.Cut(key, ".")
		switch n.Content[0].Value {
		case section, rest, key:
		default:
			return n
		}
		n = n.Content[1]
	}
	return n
}
