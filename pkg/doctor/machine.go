package doctor

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"ari-recorder/pkg/archive"
)

// machine looks at what is neither Asterisk's nor a store's.
func (o Options) machine(context.Context) []Check {
	n := &notes{}
	n.ok("configuration", "%s", describeFile(o.Config.File))
	o.user(n)
	o.clock(n)
	o.certificate(n)
	return n.list
}

func describeFile(file string) string {
	if file == "" {
		return "valid; no file was read, environment and defaults only"
	}
	return file + " is valid"
}

// user tells if these are not the rights with which the service works.
func (o Options) user(n *notes) {
	const name = "service:user"
	folder, err := archive.Nearest(o.Config.DataDir)
	if err != nil {
		n.fault(name, "data_dir: "+err.Error(), "name a folder in data_dir")
		return
	}
	info, err := os.Stat(folder)
	if err != nil {
		n.fault(name, "data_dir: "+err.Error(), "give the service's user the folder "+folder)
		return
	}
	owner, mine := info.Sys().(*syscall.Stat_t).Uid, uint32(os.Geteuid()) //nolint:gosec // a user's number
	if mine == 0 && owner != 0 {
		who := userName(owner)
		n.hint(name, fmt.Sprintf("you are root, and %s belongs to %s: what is writable for you may not be for the service", folder, who),
			"look as the service's user: sudo -u "+who+" ari-recorder doctor")
		return
	}
	n.ok(name, "%s", userName(mine))
}

func userName(id uint32) string {
	number := strconv.FormatUint(uint64(id), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return "#" + number
}

// clock looks whether the clock can be right at all: recordings are dated by it.
func (o Options) clock(n *notes) {
	const name = "service:clock"
	now := o.Now().UTC()
	if now.Year() < 2026 || now.Year() > 2100 {
		n.fault(name, "this machine's clock says "+now.Format(time.DateTime)+" UTC; recordings would be dated wrongly", "set the clock: timedatectl set-ntp true")
		return
	}
	n.ok(name, "%s UTC", now.Format(time.DateTime))
}

// soon is when a certificate that runs out is worth a word.
const soon = 14 * 24 * time.Hour

// certificate looks when the service's own certificate runs out; that it fits its key, the configuration has seen.
func (o Options) certificate(n *notes) {
	const name = "service:certificate"
	file := o.Config.HTTP.TLS.CertFile
	if file == "" {
		return
	}
	from, until, err := validity(file)
	now := o.Now()
	switch {
	case err != nil:
		n.fault(name, err.Error(), "put a certificate in PEM form into "+file)
	case now.Before(from):
		n.fault(name, file+" is not valid before "+day(from), "set this machine's clock, or use another certificate")
	case now.After(until):
		n.fault(name, file+" has run out on "+day(until), "renew the certificate in "+file+"; the running service takes it up by itself")
	case now.Add(soon).After(until):
		n.warning(name, file+" runs out on "+day(until), "renew the certificate in "+file+"; the running service takes it up by itself")
	default:
		n.ok(name, "%s is valid until %s", file, day(until))
	}
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// validity is the time during which all certificates of a file are valid.
func validity(file string) (from, until time.Time, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return from, until, err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return from, until, err
		}
		if from.Before(c.NotBefore) {
			from = c.NotBefore
		}
		if until.IsZero() || c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	if until.IsZero() {
		err = fmt.Errorf("%s holds no certificate", file)
	}
	return from, until, err
}
