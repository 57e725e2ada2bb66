package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requests counts what clients ask of us.
type requests struct {
	total  *prometheus.CounterVec
	time   *prometheus.HistogramVec
	routes *words
}

func newRequests() requests {
	return requests{
		total:  counter("http_requests_total", "Requests answered, by the route's pattern and the status' class.", "route", "method", "status"),
		time:   histogram("http_request_duration_seconds", "How long answers took, downloads included.", quick, "route", "method", "status"),
		routes: upTo(128),
	}
}

func (r *requests) all() []prometheus.Collector { return []prometheus.Collector{r.total, r.time} }

// methods have a series of their own; anybody can make up more.
var methods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true,
	http.MethodDelete: true, http.MethodOptions: true,
}

// Requested counts an answer by the route's pattern, never by the path that was asked for.
func (r *requests) Requested(route, method string, status int, took time.Duration) {
	route = r.routes.known(route)
	if !methods[method] {
		method = other
	}
	r.total.WithLabelValues(route, method, class(status)).Inc()
	r.time.WithLabelValues(route, method, class(status)).Observe(took.Seconds())
}

func class(status int) string {
	if status < 100 || status > 599 {
		return other
	}
	return strconv.Itoa(status/100) + "xx"
}
