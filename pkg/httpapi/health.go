package httpapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/recording"
)

const silentService = "the service does not answer itself"

// health answers dashboards and probes.
type health struct {
	*measures
	version string
	minFree uint64
	began   time.Time
	log     *slog.Logger

	mu   sync.Mutex
	last map[string]status // by check and component: a change is logged, not every look
}

func newHealth(p Probe, version string, log *slog.Logger) *health {
	return &health{measures: newMeasures(p), version: version, minFree: p.MinFree, began: time.Now(), log: log, last: map[string]status{}}
}

// document is the answer of /health.
type document struct {
	Status  status             `json:"status"`
	Version string             `json:"version"`
	Checks  map[string][]check `json:"checks"`
}

// show answers /health: 200 for pass and warn, 503 for fail. It takes hardly longer than probeBound, whatever hangs.
func (h *health) show(c echo.Context) error {
	doc := h.examine(c.Request().Context())
	h.note(doc)
	code := http.StatusOK
	if doc.Status == fail {
		code = http.StatusServiceUnavailable
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.Blob(code, "application/health+json", append(body, '\n'))
}

// live answers /health/live: whoever reads it knows that the process works.
func (h *health) live(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.Blob(http.StatusOK, textType, []byte("alive\n"))
}

// ready answers /health/ready: 200 if a start on at least one node would be accepted.
func (h *health) ready(c echo.Context) error {
	header := c.Response().Header()
	header.Set(echo.HeaderCacheControl, "no-store")
	obstacles := h.obstacles(c.Request().Context())
	if len(obstacles) == 0 {
		return c.Blob(http.StatusOK, textType, []byte("ready\n"))
	}
	header.Set(echo.HeaderRetryAfter, "2")
	return c.Blob(http.StatusServiceUnavailable, textType, []byte("not ready: "+strings.Join(obstacles, "; ")+"\n"))
}

// obstacles are the reasons for which any start would be refused.
func (h *health) obstacles(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeBound) // who went away makes nothing fail
	defer cancel()
	nodes, database, figures := h.nodes.begin(), h.database.begin(), h.figures.begin()
	var list []string
	if known, err := nodes.wait(ctx); err != nil || !anyReady(known) {
		list = append(list, "no Asterisk node is ready")
	}
	if _, err := database.wait(ctx); err != nil {
		list = append(list, "the database does not answer")
	}
	switch own, err := figures.wait(ctx); {
	case err != nil:
		list = append(list, silentService)
	case own.cramped:
		list = append(list, "too little room is left for audio")
	case own.full:
		list = append(list, "as many recordings run as recording.max_active allows")
	}
	return list
}

func anyReady(nodes []NodeHealth) bool {
	for _, n := range nodes {
		if n.Connected && n.Ready {
			return true
		}
	}
	return false
}

// examine asks everything at once and waits for all of it together.
func (h *health) examine(ctx context.Context) document {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeBound)
	defer cancel()
	nodes, database, storage, figures := h.nodes.begin(), h.database.begin(), h.storage.begin(), h.figures.begin()
	known, nodesErr := nodes.wait(ctx)
	took, databaseErr := database.wait(ctx)
	left, storageErr := storage.wait(ctx)
	own, figuresErr := figures.wait(ctx)
	now := time.Now()
	checks := map[string][]check{
		"asterisk:connectivity": connectivity(known, nodesErr, now),
		"events:lag":            eventsLag(known),
		"database:responseTime": {responseTime(took, databaseErr)},
		"storage:free":          {storageFree(left, h.minFree, storageErr)},
		"channels:live":         channelsLive(own.channels),
		"recordings:active":     {recordingsActive(own.stats, own.full)},
		"recordings:orphaned":   recordingsOrphaned(own.stats),
		"archive:backlog":       {archiveBacklog(own.stats)},
		"uptime":                {figure("system", time.Since(h.began).Seconds(), "s")},
	}
	if figuresErr != nil {
		silent := failed("component", silentService, figuresErr)
		checks["recordings:active"], checks["archive:backlog"] = []check{silent}, []check{silent}
	}
	for _, list := range checks {
		for i := range list {
			list[i].Time = now.UTC().Format(recording.TimeFormat)
		}
	}
	return document{overall(checks, known), h.version, checks}
}

// overall is the worst of all, but that the service still works while any node is ready.
func overall(checks map[string][]check, nodes []NodeHealth) status {
	worst := pass
	for name, list := range checks {
		for _, c := range list {
			standing := c.Status
			if name == "asterisk:connectivity" && standing == fail && anyReady(nodes) {
				standing = warn
			}
			if standing == fail || worst == pass {
				worst = standing
			}
		}
	}
	return worst
}

// note logs checks that have changed since somebody last looked, with the causes that the document does not tell.
func (h *health) note(doc document) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, list := range doc.Checks {
		for _, c := range list {
			key := name + " " + c.ComponentID
			before, known := h.last[key]
			h.last[key] = c.Status
			if before == c.Status || !known && c.Status == pass {
				continue
			}
			level := slog.LevelWarn
			if c.Status == pass {
				level = slog.LevelInfo
			}
			h.log.Log(context.Background(), level, "health has changed", "check", name, "component", c.ComponentID,
				"health", string(c.Status), "output", c.Output, "error", c.err)
		}
	}
}
