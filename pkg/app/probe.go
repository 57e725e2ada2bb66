package app

import (
	"context"
	"time"

	"ari-recorder/pkg/httpapi"
)

// probe lets health see every part of the service.
func (a *App) probe() httpapi.Probe {
	return httpapi.Probe{
		Nodes:    a.nodes,
		Database: a.roundTrip,
		Storage:  a.space,
		Channels: a.liveChannels,
		Stats:    a.service.Stats,
		MinFree:  a.config.Storage.MinFree,
		Cramped:  a.service.Cramped,
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

func (a *App) space(ctx context.Context) (free, total uint64, err error) {
	s, err := a.archive.Space(ctx)
	return s.Free, s.Total, err
}

func (a *App) liveChannels() map[string]int {
	live := make(map[string]int)
	for _, node := range a.index.Nodes() {
		live[node] = a.index.Len(node)
	}
	return live
}
