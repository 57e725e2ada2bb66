// Package rest is the door for new clients: resources under /v1 in JSON, as api/openapi.yaml describes them.
package rest
