// Package api holds what every door of the service promises alike: the OpenAPI document and the one table from error
// codes to HTTP statuses.
package api

import _ "embed" // for the documents

// OpenAPI is the OpenAPI 3.1 document in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
