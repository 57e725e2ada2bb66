// Package monitoring holds what watches the service: Prometheus' configuration and alerts, Grafana's dashboard, and the
// guide. Its tests run all of it against a real Prometheus that scrapes the service under calls.
package monitoring
