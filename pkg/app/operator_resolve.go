package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"ari-recorder/config"
)

// ResolveQuery asks the running service for the channel that a start would record.
type ResolveQuery struct {
	Channel string // an extension or uniqueid
	Node    string // empty: any
	URL     string // of the service, see ServiceURL
	Key     string // empty: none is sent
	CAFile  string // certificates (PEM) that are trusted; empty: the system's
}

// Resolve prints which channel a start would record, and why. It returns the service's line as an error if there is none.
func Resolve(ctx context.Context, q ResolveQuery, to Console) error {
	client, err := newClient(q.URL, q.Key, q.CAFile)
	if err != nil {
		return err
	}
	query := url.Values{"channel": {q.Channel}}
	if q.Node != "" {
		query.Set("node", q.Node)
	}
	body, err := client.get(ctx, "/v1/resolve", query)
	if body != nil {
		err = errors.Join(printResolved(body, to), err)
	}
	return err
}

// resolved is REST's answer, and in a problem's candidates what is known of them.
type resolved struct {
	Picked     *candidateJSON  `json:"picked"`
	By         string          `json:"by"`
	Candidates []candidateJSON `json:"candidates"`
}

type candidateJSON struct {
	Node     string `json:"node"`
	UniqueID string `json:"uniqueid"`
	Channel  string `json:"channel"`
	State    string `json:"state"`
	Hold     string `json:"hold"`
	Bridged  *bool  `json:"bridged"` // some errors know no more than uniqueids
	Kept     *bool  `json:"kept"`
	Why      string `json:"why"`
}

func printResolved(body []byte, to Console) error {
	if to.JSON {
		return to.passJSON(body)
	}
	var r resolved
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	if p := r.Picked; p != nil {
		if _, err := fmt.Fprintf(to.Out, "%s, uniqueid %s on node %s, found by %s\n\n", printable(p.Channel), printable(p.UniqueID), printable(p.Node), r.By); err != nil {
			return err
		}
	}
	return printCandidates(r.Candidates, to)
}

func printCandidates(list []candidateJSON, to Console) error {
	if len(list) == 0 {
		return nil
	}
	t := newTable(to.Out, "UNIQUEID", "CHANNEL", "NODE", "STATE", "HOLD", "BRIDGED", "KEPT", "WHY")
	for _, c := range list {
		t.row(c.UniqueID, c.Channel, c.Node, c.State, c.Hold, yesNo(c.Bridged), yesNo(c.Kept), c.Why)
	}
	return t.flush()
}

func yesNo(fact *bool) string {
	switch {
	case fact == nil:
		return ""
	case *fact:
		return "yes"
	default:
		return "no"
	}
}

// ServiceURL is where the service of the configuration answers: its public URL, else the address it listens on. The error
// is a *UsageError.
func ServiceURL(c config.Config) (string, error) {
	if c.HTTP.PublicURL != "" {
		return c.HTTP.PublicURL, nil
	}
	return LocalURL(c)
}

// LocalURL is the address that the service of the configuration listens on, as this machine reaches it. The error is a
// *UsageError.
func LocalURL(c config.Config) (string, error) {
	host, port, err := net.SplitHostPort(c.HTTP.Listen)
	if err != nil || port == "0" {
		return "", misused("http.listen does not tell the port; name the service with --url http://HOST:PORT")
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = map[bool]string{true: "127.0.0.1", false: "::1"}[ip.To4() != nil]
	}
	scheme := "http"
	if c.HTTP.TLS.CertFile != "" {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), nil
}
