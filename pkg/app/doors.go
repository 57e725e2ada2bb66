package app

import (
	"context"
	"log/slog"

	"github.com/labstack/echo/v4"

	"ari-recorder/config"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/httpapi"
	"ari-recorder/pkg/legacy"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/rest"
)

// buildHTTP makes the server and hangs the doors on it.
func (a *App) buildHTTP() error {
	certificate, err := a.certificate()
	if err != nil {
		return err
	}
	c := a.config
	old := a.legacyOptions()
	a.http = httpapi.New(httpapi.Options{
		Log:            a.log,
		Version:        Version,
		TrustedProxies: c.HTTP.TrustedProxies,
		Probe:          a.probe(),
		Metrics:        a.metrics.Handler(a.log),
		Gate:           newGate(c),
		AnyHost:        anyHost(c),
		PerAddress:     newLimiter(c.Limits.PerAddress),
		PerKey:         newLimiter(c.Limits.PerKey),
		LegacyPath:     legacy.Path,
		PublicURL:      c.HTTP.PublicURL,
		CORSOrigins:    c.HTTP.CORSOrigins,
		Certificate:    certificate,
		Renderers:      map[string]httpapi.Renderer{legacy.Path: old.Refuse, rest.Prefix: rest.Refuse},
		Denied:         a.service.Denied,
		Observe:        a.metrics.Requested,
	})
	audited := service{a.service, a.http}
	legacy.Register(a.http.Group(), audited, old)
	rest.Register(a.http, audited, rest.Options{
		PublicURL: c.HTTP.PublicURL,
		May:       func(e echo.Context, scope access.Scope) error { return a.http.May(e, scope) },
		Actor:     httpapi.Actor,
		Log:       a.log,
	})
	return nil
}

func (a *App) legacyOptions() legacy.Options {
	return legacy.Options{
		CORSOrigins:   a.config.HTTP.CORSOrigins,
		PublicURL:     a.config.HTTP.PublicURL,
		FaultStatus:   a.config.Legacy.FaultStatus,
		SOAPByDefault: a.config.Legacy.GetResponse == "soap",
		Actor:         httpapi.Actor,
		May:           func(e echo.Context, needs string) error { return a.http.May(e, access.Scope(needs)) },
		Origin:        func(e echo.Context) string { return a.http.Origin(e) },
		Log:           a.log,
	}
}

// service is what the doors open to: what they refuse is written down by way of the server, which bounds how much that is.
type service struct {
	*recording.Service
	http *httpapi.Server
}

// Denied writes a refusal into the audit trail.
func (s service) Denied(ctx context.Context, e recording.AuditEntry) { s.http.Denied(ctx, e) }

func (a *App) certificate() (*httpapi.Certificate, error) {
	tls := a.config.HTTP.TLS
	if tls.CertFile == "" {
		return nil, nil
	}
	return httpapi.NewCertificate(tls.CertFile, tls.KeyFile, a.log)
}

func newGate(c config.Config) *access.Gate {
	o := access.Options{Required: c.Auth.Required, Local: c.Auth.Local, LegacyNetworks: c.Legacy.Networks}
	for _, key := range c.Auth.Keys {
		scopes := make([]access.Scope, len(key.Scopes))
		for i, scope := range key.Scopes {
			scopes[i] = access.Scope(scope)
		}
		o.Keys = append(o.Keys, access.Key{Name: key.Name, Hash: key.Hash, Scopes: scopes, Networks: key.Networks})
	}
	return access.NewGate(o)
}

// anyHost tells whether a request without a key is let in whatever host name it asks for: where auth.required: false is
// written down and, for legacy.networks, where nothing says what the service is called.
func anyHost(c config.Config) bool {
	if c.Auth.Required {
		return c.HTTP.PublicURL == ""
	}
	return !c.Auth.Local
}

func newUsers(c config.Config) *access.Users {
	rules := make([]access.User, len(c.Access.Users))
	for i, u := range c.Access.Users {
		rules[i] = access.User{Username: u.Username, Extensions: u.Extensions, Tags: u.Tags, Private: u.Private}
	}
	return access.NewUsers(rules)
}

func newLimiter(r config.Rate) *access.Limiter {
	return access.NewLimiter(access.Rate{PerSecond: r.PerSecond, Burst: r.Burst})
}

// tellCredentials writes into the log who is let in; hashes are nobody's business.
func tellCredentials(log *slog.Logger, c config.Config) {
	names := make([]string, len(c.Auth.Keys))
	for i, key := range c.Auth.Keys {
		names[i] = key.Name
	}
	without := "nobody"
	switch {
	case c.Auth.Local:
		without = "requests of this machine"
	case !c.Auth.Required:
		without = "everybody"
	}
	log.Info("credentials", "keys", names, "without_key", without, "legacy_networks", c.Legacy.Networks, "tls", c.HTTP.TLS.CertFile != "")
}
