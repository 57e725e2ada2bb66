package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"ari-recorder/pkg/asterisk"
)

// reach asks the node what it is. It tells whether ARI answered, be it by refusing our credentials.
func (v *visit) reach(ctx context.Context) bool {
	var err error
	if v.greeting, err = v.ari.Greet(ctx); err != nil {
		seen, advice := v.silence(err)
		v.fault(nodeConnectivity, seen, advice)
		return false
	}
	g := v.greeting
	switch {
	case !v.isAsterisk(ctx):
		v.stranger()
	case g.Status == http.StatusOK && g.Version != "", g.Status == http.StatusUnauthorized, g.Status == http.StatusForbidden:
		v.ok(nodeConnectivity, "%s answered in %s", v.node.URL, milliseconds(g.Took))
		return true
	case g.Status == http.StatusServiceUnavailable:
		v.fault(nodeConnectivity, "Asterisk is still starting (503)", "wait until asterisk -rx 'core waitfullybooted' returns, and look again")
	case g.Status == http.StatusNotFound:
		return v.notThere(ctx)
	default:
		v.fault(nodeConnectivity, fmt.Sprintf("ARI answers %d %s", g.Status, http.StatusText(g.Status)), "look into Asterisk's log for the reason: asterisk -rx 'logger show channels' tells where it is")
	}
	return false
}

// isAsterisk tells whether Asterisk has answered, if not by ARI. With servername in http.conf it may call itself anything;
// then its websockets give it away.
func (v *visit) isAsterisk(ctx context.Context) bool {
	if v.greeting.ARI || strings.HasPrefix(v.greeting.Server, "Asterisk") {
		return true
	}
	has, err := v.ari.Websockets(ctx)
	return err == nil && has
}

func (v *visit) stranger() {
	by := ""
	if v.greeting.Server != "" {
		by = " by " + v.greeting.Server
	}
	v.fault(nodeConnectivity, fmt.Sprintf("what answers at %s is not Asterisk's ARI: status %d%s", v.node.URL, v.greeting.Status, by),
		"set "+v.key("url")+" to Asterisk's own HTTP server, http://HOST:8088/ari unless http.conf says otherwise; asterisk -rx 'http show status' tells")
}

// notThere finds out why Asterisk has no such path. It tells whether ARI is there all the same.
func (v *visit) notThere(ctx context.Context) bool {
	if _, err := v.ari.Channels(ctx); v.greeting.ARI && err == nil {
		v.ok(nodeConnectivity, "%s answered in %s", v.node.URL, milliseconds(v.greeting.Took))
		return true
	}
	if usual := v.host().JoinPath("/ari").String(); usual != v.node.URL && v.isARI(ctx, usual) {
		v.fault(nodeConnectivity, "no ARI at "+v.node.URL+" (404), but at "+usual, "set "+v.key("url")+" to "+usual)
		return false
	}
	if has, err := v.ari.Websockets(ctx); err == nil && !has {
		v.fault(nodeConnectivity, "Asterisk answers, but has no ARI (404): res_http_websocket, which it needs, is not loaded", load("res_http_websocket", "res_ari"))
		return false
	}
	v.fault(nodeConnectivity, "Asterisk answers, but has no ARI at "+v.node.URL+" (404)",
		"in ari.conf, section [general]: enabled = yes"+reload("res_ari.so")+"; if http.conf has a prefix, "+v.key("url")+" needs it before /ari; if Asterisk was started just now, look again")
	return false
}

func (v *visit) isARI(ctx context.Context, url string) bool {
	other, err := examiner(v.node, url, v.Config.Asterisk.Application)
	if err != nil {
		return false
	}
	defer other.Close()
	g, err := other.Greet(ctx)
	return err == nil && g.ARI && (g.Status == http.StatusOK || g.Status == http.StatusUnauthorized)
}

// silence says why there was no answer, and what helps.
func (v *visit) silence(err error) (seen, advice string) {
	var (
		resolve *net.DNSError
		record  tls.RecordHeaderError
		network net.Error
	)
	host := v.host().Host
	switch {
	case errors.As(err, &resolve):
		return "the host " + resolve.Name + " cannot be resolved", "correct the host in " + v.key("url") + ", or add it to DNS or /etc/hosts"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + host, "start Asterisk; in http.conf, section [general]: enabled = yes, bindaddr and bindport as in " + v.key("url") + reload("http")
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return host + " speaks plain http, not https", "write http:// in " + v.key("url") + "; or in http.conf: tlsenable = yes, tlsbindaddr, tlscertfile, tlsprivatekey" + reload("http")
	case asterisk.Full(err) && v.host().Scheme == "https":
		return host + " closes the connection instead of speaking TLS: it speaks plain http, or has no HTTP session left",
			"write http:// in " + v.key("url") + "; or in http.conf: tlsenable = yes, tlsbindaddr, tlscertfile, tlsprivatekey" + reload("http")
	case asterisk.Full(err):
		return host + " takes the connection and closes it without an answer: Asterisk has no HTTP session left, or the port wants https",
			moreSessions + "; or write https:// in " + v.key("url")
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return host + " does not answer in time", "let the firewall pass TCP to " + host + "; look whether Asterisk hangs: asterisk -rx 'core show uptime'"
	}
	if seen, advice = v.mistrust(err); seen == "" {
		seen, advice = host+" cannot be reached: "+cause(err), "correct "+v.key("url")+", and look at the network between"
	}
	return seen, advice
}

// mistrust says what is wrong with the certificate that Asterisk shows; nothing if that is not why.
func (v *visit) mistrust(err error) (seen, advice string) {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return "Asterisk's certificate is signed by an authority that is not trusted here", "set " + v.key("ca_file") + " to the authority's certificate in PEM form (of a self-signed one: that itself)"
	case errors.As(err, &host):
		return "Asterisk's certificate is for other names: " + host.Error(), "write one of its names into " + v.key("url") + ", or give Asterisk a certificate for this one"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "Asterisk's certificate is not valid today", "renew the file of tlscertfile in Asterisk's http.conf, then: asterisk -rx 'module reload http'; or set this machine's clock"
	case errors.As(err, &invalid):
		return "Asterisk's certificate cannot be used: " + invalid.Error(), "give Asterisk another certificate (tlscertfile in http.conf)"
	}
	return "", ""
}

// cause is why there was no answer, without our own words around it.
func cause(err error) string {
	var e *asterisk.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}
