package app

import (
	"fmt"
	"strings"

	"ari-recorder/config"
	"ari-recorder/pkg/access"
)

// KeyQuery is what a new key is to be for.
type KeyQuery struct {
	Name             string
	Scopes, Networks []string
}

// NewKey makes a key and prints it, this once, with the line for the configuration, which holds its hash. The error is a
// config.Errors if the configuration would not take the key.
func NewKey(q KeyQuery, to Console) error {
	secret := access.NewKey()
	key, err := config.CheckKey(q.Name, access.HashOf(secret), q.Scopes, q.Networks)
	if err != nil {
		return err
	}
	if err := printKey(secret, key, to); err != nil {
		return err
	}
	_, err = fmt.Fprintf(to.Err, "Hand the key to %s, it is not shown again. The line with its hash goes below auth.keys in the configuration; then restart the service.\n", key.Name)
	return err
}

func printKey(secret string, key config.APIKey, to Console) error {
	line := fmt.Sprintf(`- {name: "%s", hash: "%s", scopes: [%s]`, key.Name, key.Hash, strings.Join(key.Scopes, ", "))
	if len(key.Networks) > 0 {
		line += fmt.Sprintf(`, networks: ["%s"]`, strings.Join(texts(key.Networks), `", "`))
	}
	line += "}"
	if to.JSON {
		return to.printJSON(struct {
			keyJSON
			Key  string `json:"key"`
			Hash string `json:"hash"`
			YAML string `json:"yaml"`
		}{newKeyJSON(key), secret, key.Hash, line})
	}
	_, err := fmt.Fprintf(to.Out, "%s\n%s\n", secret, line)
	return err
}

// ListKeys prints the keys of the configuration, without their hashes.
func ListKeys(c config.Config, to Console) error {
	list := make([]keyJSON, len(c.Auth.Keys))
	for i, key := range c.Auth.Keys {
		list[i] = newKeyJSON(key)
	}
	if to.JSON {
		return to.printJSON(map[string][]keyJSON{"keys": list})
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(to.Err, "the configuration has no keys; make one with ari-recorder keys new NAME")
		return err
	}
	t := newTable(to.Out, "NAME", "SCOPES", "NETWORKS")
	for _, key := range list {
		networks := "from anywhere"
		if len(key.Networks) > 0 {
			networks = strings.Join(key.Networks, ", ")
		}
		t.row(key.Name, strings.Join(key.Scopes, ", "), networks)
	}
	return t.flush()
}

type keyJSON struct {
	Name     string   `json:"name"`
	Scopes   []string `json:"scopes"`
	Networks []string `json:"networks"` // empty: from anywhere
}

func newKeyJSON(key config.APIKey) keyJSON {
	return keyJSON{key.Name, key.Scopes, texts(key.Networks)}
}

func texts[T fmt.Stringer](items []T) []string {
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = item.String()
	}
	return list
}
