package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// walker turns the tree of a YAML file into texts under flat keys, as they are written, and notes the lines. Going
// through the nodes, not through Go's types, keeps 0123 and 1e3 from becoming other numbers and finds keys that are
// written twice.
type walker struct {
	*layers
	path   string
	values map[string]any
	seen   map[string]bool
}

// section reads a mapping whose keys lie below prefix: "" for the whole file, else a section's name and a dot.
func (w *walker) section(prefix string, n *yaml.Node) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		w.reject(n, cmp.Or(strings.TrimSuffix(prefix, "."), w.path), "must be a section with keys of its own")
		return
	}
	for key, value := range w.pairs(prefix, n) {
		k, known := find(key)
		switch {
		case known && k.shape == objects:
			w.objects(k, value)
		case known:
			w.value(key, k.shape, value)
		case isSection(key):
			w.section(key+".", value)
		default:
			w.reject(value, key, "unknown key; "+didYouMean(key, names()))
		}
	}
}

// pairs yields the full key and the value of each entry, and refuses those that are written twice.
func (w *walker) pairs(prefix string, n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := prefix + n.Content[i].Value
			if w.seen[key] {
				w.reject(n.Content[i], key, "is written twice; remove one")
				continue
			}
			w.seen[key] = true
			if !yield(key, n.Content[i+1]) {
				return
			}
		}
	}
}

// value notes a scalar, or a list as the comma list that it would be in the environment.
func (w *walker) value(key string, shape shape, n *yaml.Node) {
	if isNull(n) {
		return
	}
	var text string
	switch {
	case plain(n):
		text = n.Value
	case shape == list && n.Kind == yaml.SequenceNode && !slices.ContainsFunc(n.Content, notPlain):
		text = strings.Join(contents(n), ",")
	case shape == list:
		w.reject(n, key, "must be a list of values")
	default:
		w.reject(n, key, "must be a single value")
	}
	w.note(key, text, n)
}

func (w *walker) note(key, text string, n *yaml.Node) {
	if text == "" {
		return
	}
	if _, known := find(key); known {
		w.values[key] = text
	} else {
		w.items[key] = text
	}
	w.from[key] = w.at(n)
}

func (w *walker) at(n *yaml.Node) string { return w.path + ":" + strconv.Itoa(n.Line) }

func (w *walker) reject(n *yaml.Node, key, text string) {
	w.faults = append(w.faults, Fault{Key: key, Text: text, Source: w.at(n)})
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// plain tells a scalar that means what it shows: no alias, no !!binary.
func plain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle == 0
}

// contents returns the values of a sequence of scalars.
func contents(n *yaml.Node) []string {
	values := make([]string, len(n.Content))
	for i, item := range n.Content {
		values[i] = item.Value
	}
	return values
}

func notPlain(n *yaml.Node) bool { return !plain(n) || isNull(n) }

func isSection(key string) bool {
	return slices.ContainsFunc(table, func(k Key) bool { return strings.HasPrefix(k.Name, key+".") })
}

func names() []string {
	all := make([]string, len(table))
	for i, k := range table {
		all[i] = k.Name
	}
	return all
}
