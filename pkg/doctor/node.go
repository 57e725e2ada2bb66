package doctor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"ari-recorder/config"
	"ari-recorder/pkg/asterisk"
)

// The checks of a node, in their order.
const (
	nodeConnectivity = "asterisk:connectivity"
	nodeCertificate  = "asterisk:certificate"
	nodeClock        = "asterisk:clock"
	nodeCredentials  = "asterisk:credentials"
	nodeVersion      = "asterisk:version"
	nodeUser         = "asterisk:user"
	nodeModules      = "asterisk:modules"
	nodeEvents       = "asterisk:events"
	nodeRecording    = "asterisk:recording"
	nodeSpool        = "asterisk:spool"
	nodeApplication  = "asterisk:application"
	nodeSessions     = "asterisk:sessions"
	nodeLinkedID     = "asterisk:linkedid"
	nodeExtensions   = "asterisk:extensions"
)

// visit looks at one Asterisk.
type visit struct {
	Options
	notes
	node        config.Node
	ari         *asterisk.Examiner
	greeting    asterisk.Greeting
	serviceRuns bool // ours, on this machine
}

func (v *visit) examine(ctx context.Context) []Check {
	var err error
	if v.ari, err = examiner(v.node, v.node.URL, v.Config.Asterisk.Application); err != nil {
		v.fault(nodeConnectivity, err.Error(), "correct "+v.key("url")+" and "+v.key("ca_file"))
		v.skipRest("cannot be asked")
		return v.list
	}
	defer v.ari.Close()
	if !v.reach(ctx) {
		v.skipRest("needs an Asterisk that answers")
		return v.list
	}
	v.remoteCertificate()
	v.remoteClock()
	if !v.credentials() {
		v.skipRest("needs credentials")
		return v.list
	}
	v.version()
	may := v.user(ctx)
	v.modules(ctx)
	v.events(ctx)
	v.recording(ctx, may)
	v.applications(ctx)
	v.calls(ctx)
	return v.list
}

func examiner(n config.Node, url, application string) (*asterisk.Examiner, error) {
	return asterisk.NewExaminer(asterisk.NodeOptions{
		Name: n.Name, URL: url, Username: n.Username, Password: n.Password.Reveal(),
		CAFile: n.CAFile, SpoolDir: n.SpoolDir, ExtensionPattern: n.ExtensionPattern,
	}, application)
}

// skipRest tells of all checks that no word was said of; those that ask for a setting only where it is set.
func (v *visit) skipRest(why string) {
	for _, name := range []string{nodeCredentials, nodeVersion, nodeUser, nodeModules, nodeEvents, nodeRecording, nodeSpool, nodeApplication, nodeSessions, nodeLinkedID, nodeExtensions} {
		said := slices.ContainsFunc(v.list, func(c Check) bool { return c.Name == name })
		unset := name == nodeSpool && v.node.SpoolDir == "" || name == nodeExtensions && v.node.ExtensionPattern == nil
		if !said && !unset {
			v.skip(why, name)
		}
	}
}

// key is how the node's setting is called in the configuration.
func (v *visit) key(field string) string {
	if nodes := v.Config.Asterisk.Nodes; len(nodes) == 1 && nodes[0].Name == config.DefaultNode {
		return "asterisk." + field
	}
	return fmt.Sprintf("asterisk.nodes, %s: %s", v.node.Name, field)
}

// host is the node's URL without its path.
func (v *visit) host() *url.URL {
	u, err := url.Parse(v.node.URL)
	if err != nil {
		return &url.URL{} // the configuration was valid
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}
}

// trial is a name in Asterisk that is nobody's: no recording's, and no other doctor's.
func (v *visit) trial() string {
	return v.Config.Asterisk.Application + "-doctor-" + strings.ToLower(ulid.Make().String())
}

func (v *visit) remoteCertificate() {
	until := v.greeting.Expires
	switch {
	case until.IsZero():
	case v.Now().Add(soon).After(until):
		v.warning(nodeCertificate, "Asterisk's certificate runs out on "+day(until), "renew the file of tlscertfile in Asterisk's http.conf, then: asterisk -rx 'module reload http'")
	default:
		v.ok(nodeCertificate, "valid until %s", day(until))
	}
}

// remoteClock reads Asterisk's clock, which is told in whole seconds.
func (v *visit) remoteClock() {
	if v.greeting.Clock.IsZero() {
		v.skip("Asterisk does not tell its time", nodeClock)
		return
	}
	const half = time.Second / 2
	ahead := v.greeting.Clock.Add(half).Sub(v.Now().Add(-v.greeting.Took / 2))
	if words := skew(ahead, half); words != "" {
		v.warning(nodeClock, "Asterisk's clock is "+words, setClocks)
		return
	}
	v.ok(nodeClock, "agrees to a second")
}

// reload makes Asterisk read a file again.
func reload(module string) string { return "; then: asterisk -rx 'module reload " + module + "'" }
