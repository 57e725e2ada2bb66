package lab

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// An Asterisk's block of ports: its own four, then for each phone one of SIP, one of sipp's remote control and two of RTP, then its own RTP.
const (
	blockSize                                     = 2000
	sipOffset, httpOffset, httpsOffset, amiOffset = 0, 1, 2, 3
	phoneSlots                                    = 300
	phoneSIP                                      = 10
	phoneControl                                  = phoneSIP + phoneSlots
	phoneRTP                                      = phoneControl + phoneSlots
	ownRTP                                        = phoneRTP + 2*phoneSlots
)

// AsteriskOptions say how the Asterisk differs from a plain one.
type AsteriskOptions struct {
	Root         Root       // RootAsterisk or RootAsterisk16; "" is the former
	Technology   Technology // by which the phones are connected; "" is PJSIP
	SystemName   string     // prefixes uniqueids
	ChannelVars  bool       // sends CHANNEL(linkedid) with each channel on ARI
	SessionLimit int        // HTTP sessions at once; 0 leaves Asterisk's default of 100
	Without      []string   // modules that are not loaded, such as res_http_websocket
	AMI          bool       // there is a manager interface, too
	Log          io.Writer  // gets Asterisk's console, verbose; nil for none

	RecordingSpace int // bytes that the recording folder can hold; 0 for no limit

	// With a certificate and its key (PEM), Asterisk answers at SecureURL, too.
	Certificate, CertificateKey []byte
}

// phoneRoot is the root folder that phones are run from.
const phoneRoot = RootAsterisk

// root is the root folder that is meant.
func (o AsteriskOptions) root() Root { return cmp.Or(o.Root, RootAsterisk) }

func (o AsteriskOptions) technology() Technology { return cmp.Or(o.Technology, PJSIP) }

// roots are all that have to be installed.
func (o AsteriskOptions) roots() []Root { return []Root{o.root(), phoneRoot} }

// Asterisk is a running Asterisk of its own, with folders and ports of its own.
type Asterisk struct {
	URL                string // of ARI, http://127.0.0.1:PORT/ari
	SecureURL          string // the same by https; "" without a certificate
	AMI                string // host:port of the manager interface, for the same user; "" if there is none
	Username, Password string
	Technology         Technology // of the phones
	RecordingDir       string     // the host's path of the folder in which recordings appear

	// A user who may only look: whatever else it tries is answered with 403.
	ReadOnlyUsername, ReadOnlyPassword string

	dir        string // all of this instance's files
	ports      *portBlock
	line       line
	jail       *jail
	phoneJail  *jail // where the phones run; the same unless this is another Asterisk than RootAsterisk's
	server     *server
	http       *http.Client
	listenings sync.WaitGroup // goroutines that listen to phones

	// dialling holds a place for each call that is being set up. All at once, phones and Asterisk would starve each other on a small machine
	// until SIP's timers run out, and be no quicker.
	dialling chan struct{}
}

// StartAsterisk starts an Asterisk and waits until it answers on ARI. The root folder must have been installed.
func StartAsterisk(ctx context.Context, options AsteriskOptions) (*Asterisk, error) {
	a := &Asterisk{
		Technology: options.technology(),
		Username:   "lab", Password: rand.Text(), ReadOnlyUsername: "viewer", ReadOnlyPassword: rand.Text(),
		dialling: make(chan struct{}, 8), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}},
	}
	if err := a.prepare(ctx, options); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare Asterisk: %w", err), a.Close())
	}
	if err := a.server.start(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *Asterisk) prepare(ctx context.Context, options AsteriskOptions) (err error) {
	if a.ports, err = leasePorts(ctx, asteriskPorts, asteriskPortsEnd, blockSize, phoneSIP); err != nil {
		return err
	}
	a.line = line{here: "127.0.0.1", there: fmt.Sprintf("127.0.0.1:%d", a.ports.base+sipOffset)}
	a.URL = fmt.Sprintf("http://127.0.0.1:%d/ari", a.ports.base+httpOffset)
	if options.Certificate != nil {
		a.SecureURL = fmt.Sprintf("https://127.0.0.1:%d/ari", a.ports.base+httpsOffset)
	}
	if options.AMI {
		a.AMI = fmt.Sprintf("127.0.0.1:%d", a.ports.base+amiOffset)
	}
	if a.dir, err = instanceDir(options.root(), a.ports.base); err != nil {
		return err
	}
	a.RecordingDir = filepath.Join(a.dir, "spool", "recording")
	conf, err := a.conf(options)
	if err != nil {
		return err
	}
	conf.Modules = without(conf.Modules, options.Without)
	if err := conf.write(a.dir); err != nil {
		return err
	}
	if err := options.writeCertificate(a.dir); err != nil {
		return err
	}
	if a.jail, err = openJail(options.root(), a.dir, "asterisk"); err != nil {
		return err
	}
	a.server = &server{jail: a.jail, argv: argv(options.Log != nil), log: options.Log, ready: a.booted}
	if len(options.Without) > 0 {
		a.server.ready = a.bootedWithoutARI
	}
	if err := errors.Join(a.jail.give(a.dir), a.seatPhones(options.root())); err != nil || options.RecordingSpace == 0 {
		return err
	}
	return a.limitSpool(options.RecordingSpace)
}

// seatPhones finds the phones a root folder: all Asterisks have the same ones, as old packages of sipp cannot do what these are asked for.
func (a *Asterisk) seatPhones(root Root) (err error) {
	if a.phoneJail = a.jail; root == phoneRoot {
		return nil
	}
	if a.phoneJail, err = openJail(phoneRoot, a.dir, "asterisk"); err != nil {
		return err
	}
	return a.phoneJail.give(filepath.Join(a.dir, "phones"))
}

// argv is Asterisk in the foreground; its console goes to its output.
func argv(verbose bool) []string {
	argv := []string{"asterisk", "-f", "-n", "-C", "/srv/conf/asterisk.conf"}
	if verbose {
		argv = append(argv, "-vvv")
	}
	return argv
}

func (a *Asterisk) conf(options AsteriskOptions) (asteriskConf, error) {
	folder, err := options.root().folder()
	if err != nil {
		return asteriskConf{}, err
	}
	modulePath, modules, err := findModules(folder, a.Technology)
	amiPort := 0
	if options.AMI {
		amiPort = a.ports.base + amiOffset
	}
	return asteriskConf{
		ModuleDir: modulePath, Modules: modules, Phones: Phones,
		Technology: a.Technology, Dial: drivers[a.Technology].dial, DialThird: drivers[a.Technology].third,
		SystemName: options.SystemName, ChannelVars: options.ChannelVars, SessionLimit: options.SessionLimit, Verbose: options.Log != nil,
		SIPPort: a.ports.base + sipOffset, HTTPPort: a.ports.base + httpOffset, HTTPSPort: a.ports.base + httpsOffset, Secure: options.Certificate != nil, AMIPort: amiPort,
		RTPStart: a.ports.base + ownRTP, RTPEnd: a.ports.base + blockSize - 1,
		Username: a.Username, Password: a.Password, ReadOnlyUsername: a.ReadOnlyUsername, ReadOnlyPassword: a.ReadOnlyPassword,
	}, err
}

// writeCertificate puts the certificate where http.conf says that it is.
func (o AsteriskOptions) writeCertificate(dir string) error {
	if o.Certificate == nil {
		return nil
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "conf", "http.pem"), o.Certificate, 0o644),
		os.WriteFile(filepath.Join(dir, "conf", "http.key"), o.CertificateKey, 0o600),
	)
}

// Kill ends Asterisk as a crash would, with SIGKILL: no goodbye to anyone, recordings cut. Calls' phones go on speaking until they are closed.
func (a *Asterisk) Kill() error {
	a.http.CloseIdleConnections()
	return a.server.kill()
}

// Restart starts Asterisk again after Kill, on the same ports and folders, and waits until it answers on ARI. One that runs is killed first.
func (a *Asterisk) Restart(ctx context.Context) error {
	a.http.CloseIdleConnections()
	return a.server.restart(ctx)
}

// Command runs a command of Asterisk's console and returns what it prints.
func (a *Asterisk) Command(ctx context.Context, cli string) (string, error) {
	out, err := a.jail.command(ctx, "asterisk", "-C", "/srv/conf/asterisk.conf", "-rx", cli).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("asterisk command %q: %w: %s", cli, err, lastLines(string(out), 3))
	}
	return string(out), nil
}

// SetRecordingReadOnly makes the recording folder refuse new files, or take them again. Files that are open go on being written.
func (a *Asterisk) SetRecordingReadOnly(readOnly bool) error {
	mode := os.FileMode(0o755)
	if readOnly {
		mode = 0o555
	}
	return os.Chmod(a.RecordingDir, mode)
}

// Close ends Asterisk and all its phones and removes its files.
func (a *Asterisk) Close() error {
	var errs []error
	a.http.CloseIdleConnections()
	if a.phoneJail != nil && a.phoneJail != a.jail {
		errs = append(errs, a.phoneJail.close())
	}
	if a.jail != nil {
		errs = append(errs, a.jail.close())
	}
	if a.server != nil {
		errs = append(errs, a.server.kill())
	}
	a.listenings.Wait()
	if a.dir != "" {
		errs = append(errs, os.RemoveAll(a.dir))
	}
	if a.ports != nil {
		errs = append(errs, a.ports.release())
	}
	return errors.Join(errs...)
}

// instanceDir makes the folder of one server, in which its unprivileged user may look around. It is named by a leased port, so that it is no
// other living lab's, and what a killed one left there goes now.
func instanceDir(root Root, port int) (string, error) {
	cache, err := labCache()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, fmt.Sprintf("run-%s-%d", root, port))
	return dir, errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755))
}

// PID is the host's number of the running Asterisk's process.
func (a *Asterisk) PID() (int, error) {
	if !a.server.running() {
		return 0, errors.New("Asterisk does not run")
	}
	entered := a.server.process.cmd.Process.Pid // nsenter, whose only child is the server
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", entered, entered))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(children)))
}
