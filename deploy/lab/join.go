package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Elsewhere is an Asterisk that the lab did not start, with the lab's Phones as endpoints that need no password. Its dialplan finds the called phone
// where the calling one is, at the port that the INVITE's header X-Callee names.
type Elsewhere struct {
	URL, Username, Password string // of ARI
	SIP                     string // host:port, UDP
	RecordingDir            string // where its recordings appear on this machine; "" if nowhere
}

// NamedElsewhere is the Asterisk that the environment names: LAB_ARI_URL, LAB_ARI_USERNAME, LAB_ARI_PASSWORD_FILE, LAB_SIP and LAB_RECORDINGS.
func NamedElsewhere() (Elsewhere, error) {
	password, err := os.ReadFile(os.Getenv("LAB_ARI_PASSWORD_FILE"))
	return Elsewhere{
		URL: os.Getenv("LAB_ARI_URL"), Username: os.Getenv("LAB_ARI_USERNAME"), Password: strings.TrimSpace(string(password)),
		SIP: os.Getenv("LAB_SIP"), RecordingDir: os.Getenv("LAB_RECORDINGS"),
	}, err
}

// Join connects phones of this machine, which has sipp, to an Asterisk elsewhere, and waits until that answers on ARI. What can only be done to an
// Asterisk of one's own, such as Kill, Restart and Command, is not for this one.
func Join(ctx context.Context, e Elsewhere) (*Asterisk, error) {
	a := &Asterisk{
		URL: e.URL, Username: e.Username, Password: e.Password, RecordingDir: e.RecordingDir, Technology: PJSIP,
		dialling: make(chan struct{}, 8), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}},
	}
	if err := a.join(ctx, e.SIP); err != nil {
		return nil, errors.Join(fmt.Errorf("join Asterisk at %s: %w", e.URL, err), a.Close())
	}
	return a, nil
}

func (a *Asterisk) join(ctx context.Context, sip string) (err error) {
	// Connected UDP sends nothing, and tells the address from which Asterisk is reached.
	var dialer net.Dialer
	way, err := dialer.DialContext(ctx, "udp4", sip)
	if err != nil {
		return err
	}
	here := way.LocalAddr().(*net.UDPAddr).IP.String()
	a.line = line{here: here, there: way.RemoteAddr().String(), unpaced: true}
	if err := way.Close(); err != nil {
		return err
	}
	if a.ports, err = leasePorts(ctx, asteriskPorts, asteriskPortsEnd, blockSize, phoneSIP); err != nil {
		return err
	}
	if a.dir, err = os.MkdirTemp("", "phones-"); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(a.dir, "phones"), 0o755); err != nil {
		return err
	}
	a.jail = noJail(a.dir)
	a.phoneJail = a.jail
	return until(ctx, 100*time.Millisecond, func() (bool, error) { return a.booted(ctx), nil })
}
