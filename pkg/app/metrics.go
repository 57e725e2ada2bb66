package app

import (
	"runtime/debug"

	"ari-recorder/pkg/metrics"
)

// revision is the commit that the program was built from, where the Go toolchain knows it.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}

// watch lets the metrics read the states of all parts, once these are there.
func (a *App) watch() error {
	a.metrics.Watch(metrics.Sources{
		Stats:    a.service.Stats,
		Channels: a.liveChannels,
		Nodes:    a.nodeStates,
		Storage:  a.space,
		Database: a.roundTrip,
	})
	return nil
}

func (a *App) nodeStates() []metrics.Node {
	var list []metrics.Node
	for _, n := range a.phones.Status() {
		list = append(list, metrics.Node{
			Name: n.Name, Connected: n.Connected, Ready: n.Ready, RoundTrip: n.RoundTrip, LastEvent: n.LastEvent,
		})
	}
	return list
}
