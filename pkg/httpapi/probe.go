package httpapi

import (
	"context"
	"time"

	"ari-recorder/pkg/recording"
)

// Probe is how health asks the rest of the service; all of it is needed. The functions may be called at any time and by
// several at once. Those that hang are not waited for.
type Probe struct {
	Nodes    func() []NodeHealth
	Database func(context.Context) (time.Duration, error)          // one round trip
	Storage  func(context.Context) (free, total uint64, err error) // bytes; total is 0 where nobody knows
	Channels func() map[string]int                                 // live channels by node
	Stats    func() recording.Stats                                // the service's own figures
	MinFree  uint64                                                // bytes of the storage below which starts are refused; 0: they never are
	Cramped  func() bool                                           // whether starts are refused for that
	Full     func() bool                                           // whether a start would be refused for max_active
}

// NodeHealth is how an Asterisk node stands.
type NodeHealth struct {
	Name      string
	Connected bool          // its events come in
	Ready     bool          // and its channels are completely known, so that starts are accepted
	Fault     string        // one line for operators without anything secret; empty while all is well
	RoundTrip time.Duration // of the latest ping; zero: none yet
	LastEvent time.Time     // zero: none yet
	Lag       time.Duration // from the latest event's own time to our reading it
}

// space is what is left of the storage, in bytes.
type space struct{ free, total uint64 }

// figures are what the service knows of itself.
type figures struct {
	channels map[string]int
	stats    recording.Stats
	full     bool
	cramped  bool
}

// measures are the probe's questions, each asked once at a time.
type measures struct {
	nodes    measure[[]NodeHealth]
	database measure[time.Duration]
	storage  measure[space]
	figures  measure[figures]
}

func newMeasures(p Probe) *measures {
	m := &measures{}
	m.nodes.ask = func(context.Context) ([]NodeHealth, error) { return p.Nodes(), nil }
	m.database.ask = p.Database
	m.storage.ask = func(ctx context.Context) (space, error) {
		free, total, err := p.Storage(ctx)
		return space{free, total}, err
	}
	m.figures.ask = func(context.Context) (figures, error) {
		return figures{p.Channels(), p.Stats(), p.Full(), p.Cramped()}, nil
	}
	return m
}

func (m *measures) settle(ctx context.Context) {
	m.nodes.settle(ctx)
	m.database.settle(ctx)
	m.storage.settle(ctx)
	m.figures.settle(ctx)
}
