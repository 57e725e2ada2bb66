package legacy

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ari-recorder/api"
)

// The document is written by hand: it must name the methods and parameters of the table, with their limits.
func TestTheDocumentNamesEveryMethodAndParameter(t *testing.T) {
	type documented struct {
		Name   string
		Schema struct {
			Enum      []string
			MaxLength int `yaml:"maxLength"`
		}
	}
	var doc struct {
		Paths map[string]struct {
			Get struct{ Parameters []documented }
		}
	}
	require.NoError(t, yaml.Unmarshal(api.OpenAPI, &doc))
	named := map[string]documented{}
	for _, p := range doc.Paths[Path].Get.Parameters {
		named[p.Name] = p
	}
	known := map[string]bool{"method": true, "format": true, "wsdl": true}
	for i, m := range methods {
		require.Equal(t, m.name, named["method"].Schema.Enum[i])
		for _, p := range slices.Concat(m.parameters, m.further) {
			require.Equal(t, p.limit, named[p.name].Schema.MaxLength, p.name)
			known[p.name] = true
		}
	}
	require.Len(t, named["method"].Schema.Enum, len(methods))
	require.Len(t, named, len(known))
}
