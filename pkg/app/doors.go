package app

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/httpapi"
	"ari-recorder/pkg/legacy"
)

// buildHTTP makes the server and hangs the doors on it.
func (a *App) buildHTTP() error {
	a.http = httpapi.New(httpapi.Options{
		Log:            a.log,
		Version:        Version,
		TrustedProxies: a.config.HTTP.TrustedProxies,
		Probe:          a.probe(),
		Metrics:        a.metrics.Handler(a.log),
		Guard:          a.guard(),
		Observe:        a.metrics.Requested,
	})
	legacy.Register(a.http.Group(), a.service, legacy.Options{
		CORSOrigins: a.config.HTTP.CORSOrigins,
		PublicURL:   a.config.HTTP.PublicURL,
		FaultStatus: a.config.Legacy.FaultStatus,
		Actor:       httpapi.Actor,
		Log:         a.log,
	})
	return nil
}

// guard keeps out whom this version could not ask for credentials; nil lets everyone in.
func (a *App) guard() echo.MiddlewareFunc {
	if a.config.Auth.Local {
		return httpapi.LocalOnly
	}
	return nil
}

// probe lets health see every part of the service.
func (a *App) probe() httpapi.Probe {
	return httpapi.Probe{
		Nodes:    a.nodes,
		Database: a.roundTrip,
		Storage:  a.space,
		Channels: a.liveChannels,
		Stats:    a.service.Stats,
		Full:     a.service.Full,
	}
}

func (a *App) nodes() []httpapi.NodeHealth {
	var list []httpapi.NodeHealth
	for _, n := range a.phones.Status() {
		list = append(list, httpapi.NodeHealth{
			Name: n.Name, Connected: n.Connected, Ready: n.Ready, Fault: n.Fault,
			RoundTrip: n.RoundTrip, LastEvent: n.LastEvent, Lag: n.Lag,
		})
	}
	return list
}

func (a *App) roundTrip(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	err := a.store.Ping(ctx)
	return time.Since(began), err
}

func (a *App) space() (free, total uint64, err error) {
	s, err := a.archive.Space()
	return s.Free, s.Total, err
}

func (a *App) liveChannels() map[string]int {
	live := make(map[string]int)
	for _, node := range a.index.Nodes() {
		live[node] = a.index.Len(node)
	}
	return live
}
