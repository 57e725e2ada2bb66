//go:build !stack

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/access"
)

// office is a site with client programs of other makers. They speak TLS that a private authority vouches for, and have a key.
type office struct {
	*site
	clients   *lab.Clients
	authority *authority
	key       string
	page      net.Listener // where the CRM's pages are served
}

// recorderName and crmName are what the certificates are for; Chromium is told that both are this machine.
const recorderName, crmName = "recorder.example", "crm.example"

// Real clients, one Asterisk, one service: what programs that were written by others hear from us.
func TestClientPrograms(t *testing.T) {
	o := openOffice(t)
	t.Run("SOAP", func(t *testing.T) { soapClients(o.in(t)) })
	t.Run("examples", func(t *testing.T) { examples(o.in(t)) })
	t.Run("CRM page", func(t *testing.T) { crmPage(o.in(t)) })
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{clients: lab.NewClients(t), authority: newAuthority(t), key: access.NewKey()}
	var err error
	o.page, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = o.page.Close() }) // closed already if its test ran
	settings := o.authority.settings(recorderName, "localhost")
	maps.Copy(settings, map[string]string{
		"AUTH_KEYS_FILE":    keyFile(t, "crm", o.key, access.Record, access.Retrieve),
		"HTTP_CORS_ORIGINS": "https://" + crmName + o.pagePort(),
	})
	o.site = open(t, settings)
	o.trustEverywhere()
	return o
}

func (o *office) pagePort() string { return fmt.Sprintf(":%d", o.page.Addr().(*net.TCPAddr).Port) }

// in is the office for a test within the test.
func (o *office) in(t *testing.T) *office {
	service := *o.service
	service.t = t
	inner := *o
	inner.site = &site{service: &service, pbx: o.pbx}
	return &inner
}

// trustEverywhere gives each kind of program the authority's certificate in the form that it reads.
func (o *office) trustEverywhere() {
	o.t.Helper()
	require.NoError(o.t, o.clients.Put("ca.pem", o.authority.PEM()))
	require.NoError(o.t, o.clients.Trust(o.t.Context(), "ca.pem"))
	out, err := o.clients.Command(o.t.Context(), "keytool", "-importcert", "-noprompt", "-file", "ca.pem", "-keystore", "trust.p12",
		"-storepass", "changeit").CombinedOutput()
	require.NoError(o.t, err, string(out))
}

// address is what programs call the service by: Axis 1.4 believes no certificate that holds nothing but the number.
func (o *office) address() string { return strings.Replace(o.URL, "127.0.0.1", "localhost", 1) }

// command is a client program that trusts the authority and knows where the recorder is.
func (o *office) command(ctx context.Context, argv ...string) *exec.Cmd {
	cmd := o.clients.Command(ctx, argv...)
	cmd.Env = append(cmd.Env, "RECORDER_URL="+o.address(), "RECORDER_KEY="+o.key,
		"CURL_CA_BUNDLE=/srv/ca.pem", "REQUESTS_CA_BUNDLE=/srv/ca.pem", "SSL_CERT_FILE=/srv/ca.pem", "PERL_LWP_SSL_CA_FILE=/srv/ca.pem",
		"JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 -Djavax.net.ssl.trustStore=/srv/trust.p12 -Djavax.net.ssl.trustStorePassword=changeit")
	return cmd
}

// program is a client program in the middle of its work.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	input io.WriteCloser
	lines *bufio.Scanner
	amiss strings.Builder // what it said on standard error
}

func (o *office) run(argv ...string) *program {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	o.t.Cleanup(cancel)
	p := &program{t: o.t, cmd: o.command(ctx, argv...)}
	p.cmd.Stderr = &p.amiss
	out, err := p.cmd.StdoutPipe()
	require.NoError(o.t, err)
	p.input, err = p.cmd.StdinPipe()
	require.NoError(o.t, err)
	require.NoError(o.t, p.cmd.Start())
	p.lines = bufio.NewScanner(out)
	return p
}

// until reads what the program says up to the line that holds the word, and returns it.
func (p *program) until(word string) []string {
	p.t.Helper()
	var said []string
	for p.lines.Scan() {
		said = append(said, p.lines.Text())
		if strings.Contains(p.lines.Text(), word) {
			return said
		}
	}
	_ = p.cmd.Wait() // the failure is told in any case
	require.FailNow(p.t, "the program ended too soon", "%s\nsaid %q\nand %s", p.cmd, said, p.amiss.String())
	return nil
}

// ends insists on a good end.
func (p *program) ends() {
	p.t.Helper()
	for p.lines.Scan() { // Wait closes the pipe
	}
	require.NoError(p.t, p.cmd.Wait(), p.amiss.String())
}

// file reads what a program has written to its folder.
func (o *office) file(name string) []byte {
	o.t.Helper()
	content, err := os.ReadFile(filepath.Join(o.clients.Dir, name))
	require.NoError(o.t, err)
	return content
}

// audio is what REST hands out.
func (o *office) audio(id string) []byte {
	o.t.Helper()
	a := o.fetch("/v1/recordings/"+id+"/audio", o.bearer())
	require.Equal(o.t, http.StatusOK, a.status, a.body)
	return []byte(a.body)
}

func (o *office) bearer() http.Header { return http.Header{"Authorization": {"Bearer " + o.key}} }

var ulid = regexp.MustCompile(`\b[0-9a-hjkmnp-tv-z]{26}\b`)

// idIn finds the recording's id in what a program says.
func (o *office) idIn(line string) string {
	o.t.Helper()
	id := ulid.FindString(line)
	require.NotEmpty(o.t, id, line)
	return id
}
