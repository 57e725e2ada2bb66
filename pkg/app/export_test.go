package app

import (
	"log/slog"

	"ari-recorder/config"
	"ari-recorder/pkg/httpapi"
)

// RoutesOf lists what a service of that configuration answers.
func RoutesOf(c config.Config) ([]httpapi.Route, error) {
	a, err := New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return a.http.Routes(), a.closeFiles()
}
