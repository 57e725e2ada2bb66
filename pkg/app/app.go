// Package app puts the service together, starts it, and takes it down again in the reverse order.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"ari-recorder/api"
	"ari-recorder/config"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/httpapi"
	"ari-recorder/pkg/metrics"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

// Version is set when the program is built.
var Version = "unknown"

// OpenAPI returns the OpenAPI document.
func OpenAPI() []byte { return api.OpenAPI }

// httpGrace is how long requests in flight may take at the end. A start or stop needs 5 s at most; what is left then are
// downloads, which are cut.
const httpGrace = 7 * time.Second

// App is the whole service.
type App struct {
	config  config.Config
	log     *slog.Logger
	index   *channels.Index
	store   *sqlstore.Store
	archive archive.Archive
	phones  *asterisk.Switch
	service *recording.Service
	metrics *metrics.Metrics
	http    *httpapi.Server

	listener net.Listener
	endLoops context.CancelFunc
	loops    sync.WaitGroup
	failed   chan error // the HTTP server ended by itself
}

// New makes every part. It opens files, and where several processes may share the database a connection by which this one
// is told from the others; Stop closes them. No port is opened yet. An error is the configuration's or the machine's fault.
func New(c config.Config, log *slog.Logger) (*App, error) {
	if err := os.MkdirAll(c.DataDir, 0o750); err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	a := &App{config: c, log: log, failed: make(chan error, 1)}
	for _, build := range []func() error{a.buildStorage, a.settleName, a.buildAsterisk, a.buildService, a.buildHTTP, a.watch} {
		if err := build(); err != nil {
			return nil, errors.Join(err, a.closeFiles())
		}
	}
	return a, nil
}

func (a *App) buildStorage() (err error) {
	if a.archive, err = openStorage(a.config.Storage); err != nil {
		return err
	}
	a.store, err = sqlstore.Open(sqlstore.Options{URL: a.config.Database.URL.Reveal(), Log: a.log})
	return err
}

func (a *App) buildAsterisk() (err error) {
	options := asterisk.Options{
		Application: a.config.Asterisk.Application,
		Instance:    a.config.Instance,
		Signal:      func(s recording.Signal) bool { return a.service.Notify(s) },
		Log:         a.log,
	}
	options.Nodes = nodeOptions(a.config)
	var names []string
	for _, n := range options.Nodes {
		names = append(names, n.Name)
	}
	a.index = channels.NewIndex(names...)
	a.metrics = metrics.New(Version, revision())
	options.Index, options.Observer = a.index, a.metrics
	a.phones, err = asterisk.New(options)
	return err
}

func (a *App) buildService() error {
	r := a.config.Recording
	a.service = recording.New(recording.Options{
		Application: a.config.Asterisk.Application, Instance: a.config.Instance,
		Format: recording.Format(r.Format), Capture: recording.Capture(r.Capture), Channels: r.Channels, Follow: recording.Follow(r.Follow),
		WorkDir: a.config.DataDir, MaxDuration: r.MaxDuration, MaxActive: r.MaxActive,
		MinFree: a.config.Storage.MinFree, Room: a.room,
		RetrieveDuringCall: a.config.Legacy.RetrieveDuringCall,
		Retention:          r.Retention, UndeleteWindow: r.UndeleteWindow, Access: newUsers(a.config),
		Log: a.log, Observer: a.metrics,
	}, a.store, a.phones, a.archive, a.index)
	return nil
}

// Start listens and lets everything run. It waits neither for Asterisk nor for the database: /health/ready tells.
func (a *App) Start(ctx context.Context) (err error) {
	var lc net.ListenConfig
	if a.listener, err = lc.Listen(ctx, "tcp", a.config.HTTP.Listen); err != nil {
		return errors.Join(fmt.Errorf("http.listen: %w", err), a.closeFiles())
	}
	loops, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.endLoops = cancel
	a.store.Start()
	a.loops.Go(func() { a.service.Run(loops) })
	a.loops.Go(func() { a.tidy(loops) })
	a.phones.Start(context.WithoutCancel(ctx))
	a.loops.Go(func() {
		if err := a.http.Start(a.listener); err != nil {
			a.failed <- err
		}
	})
	tellCredentials(a.log, a.config)
	a.log.InfoContext(ctx, "listening", "address", a.listener.Addr().String(), "version", Version)
	return nil
}

// Failed delivers the error of a service that cannot go on.
func (a *App) Failed() <-chan error { return a.failed }

// Stop ends the service, never a recording: no new requests, those in flight finished, loops joined, connections and
// files closed. It takes 10 s at most.
func (a *App) Stop() error {
	grace, cancel := context.WithTimeout(context.Background(), httpGrace)
	defer cancel()
	httpErr := a.http.Shutdown(grace)
	a.endLoops()
	a.loops.Wait()
	a.phones.Close()
	return errors.Join(httpErr, a.closeFiles())
}

// closeFiles closes what New has opened.
func (a *App) closeFiles() (err error) {
	if a.store != nil {
		err = a.store.Close()
	}
	if a.archive != nil {
		err = errors.Join(err, a.archive.Close())
	}
	return err
}

// Serve runs the service until ctx ends or it cannot go on.
func Serve(ctx context.Context, c config.Config, log *slog.Logger) error {
	log.InfoContext(ctx, "ari-recorder", "version", Version, "config", c)
	a, err := New(c, log)
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	a.tellManager(ctx, managerReady)
	select {
	case <-ctx.Done():
		log.InfoContext(ctx, "stopping; recordings go on in Asterisk")
	case err = <-a.Failed():
	}
	a.tellManager(ctx, managerStopping)
	err = errors.Join(err, a.Stop())
	log.InfoContext(ctx, "stopped")
	return err
}

// Migrate brings the database up to date and ends.
func Migrate(ctx context.Context, c config.Config, log *slog.Logger) (err error) {
	if err := os.MkdirAll(c.DataDir, 0o750); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	store, err := sqlstore.Open(sqlstore.Options{URL: c.Database.URL.Reveal(), Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.Migrate(ctx)
}
