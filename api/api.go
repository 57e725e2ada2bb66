// Package api holds what every door of the service promises alike: the OpenAPI document, the WSDLs and the one table from
// error codes to HTTP statuses.
package api

import _ "embed" // for the documents

// OpenAPI is the OpenAPI 3.1 document in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

// WSDL is the WSDL 1.1 document of the legacy Recording API as rpc/encoded SOAP 1.1, at WSDLAddress.
//
//go:embed recording.wsdl
var WSDL string

// WSDLDocument is the WSDL 1.1 document of the legacy Recording API as document/literal (wrapped) SOAP 1.1 and 1.2, at
// WSDLAddress.
//
//go:embed recording-document.wsdl
var WSDLDocument string

// WSDLAddress is where the WSDLs have the service; who hands them out replaces it.
const WSDLAddress = "http://localhost:8080/servicemanager/services/njadmin-api-recording"
