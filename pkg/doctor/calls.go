package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/channels"
)

// applications looks whether somebody uses our name, and then, if nobody does, how many connections Asterisk takes.
func (v *visit) applications(ctx context.Context) {
	names, err := v.ari.Applications(ctx)
	if err != nil {
		v.skip("ARI does not tell its applications", nodeApplication, nodeSessions)
		return
	}
	prefix := v.Config.Asterisk.Application + "-"
	own := prefix + v.Config.Instance
	switch used := slices.Contains(names, own); {
	case used && !v.serviceRuns && remembers(v.greeting.Version):
		v.hint(nodeApplication, own+" has been used: by this service before, or by another one now; this version of Asterisk does not tell which",
			"if another service may use it, give this one another instance (on one database) or asterisk.application (on another)")
	case used && !v.serviceRuns:
		v.warning(nodeApplication, own+" is used already, and the service does not answer on this machine at "+v.Config.HTTP.Listen,
			"if that is another service, give this one another instance (on one database) or asterisk.application (on another): each would throw the other out")
	case used:
		v.ok(nodeApplication, "%s is connected", own)
	case v.serviceRuns:
		v.warning(nodeApplication, "the service runs, but is not connected to this Asterisk as "+own, "look into its /health, and whether it runs with this configuration")
	default:
		v.ok(nodeApplication, "%s is free", own)
	}
	if slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, prefix) }) {
		v.skip("sessionlimit of http.conf cannot be read over ARI, and is not tried out beside a service that is connected, or was", nodeSessions)
		return
	}
	v.sessions(ctx)
}

// remembers tells whether Asterisk keeps the name of an application whose client has gone: before 20.14 and 22.4.
func remembers(version string) bool {
	major, minor, known := readVersion(version)
	return known && (major < 20 || major == 21 || major == 20 && minor < 14 || major == 22 && minor < 4)
}

// fewSessions are the least with which a recording works: the events, a request, a download.
const fewSessions = 3

const moreSessions = "in http.conf, section [general]: sessionlimit = 200; then: asterisk -rx 'module reload http'"

// sessions opens as many connections as the service does at most. What is left of sessionlimit cannot be asked for.
func (v *visit) sessions(ctx context.Context) {
	const want = asterisk.MaxConnections
	count, err := v.ari.Sessions(ctx, want)
	seen := fmt.Sprintf("Asterisk takes %d of the %d connections that the service opens at most", count, want)
	advice := moreSessions
	switch {
	case err != nil:
		v.warning(nodeSessions, seen+": "+cause(err), lookIntoLog)
	case count < fewSessions:
		v.fault(nodeSessions, seen, advice)
	case count < want:
		v.warning(nodeSessions, seen, advice)
	default:
		v.ok(nodeSessions, "Asterisk takes the %d connections that the service opens at most", want)
	}
}

// calls looks at what the live channels tell.
func (v *visit) calls(ctx context.Context) {
	all, err := v.ari.Channels(ctx)
	if err != nil {
		v.skip("ARI does not list its channels", nodeLinkedID)
		if v.node.ExtensionPattern != nil {
			v.skip("ARI does not list its channels", nodeExtensions)
		}
		return
	}
	live := slices.DeleteFunc(all, func(c channels.Channel) bool { return !c.Recordable() })
	v.linkedID(live)
	v.extensions(live)
}

func (v *visit) linkedID(live []channels.Channel) {
	switch {
	case len(live) == 0:
		v.skip("only a call shows whether channelvars is set; there is none", nodeLinkedID)
	case slices.ContainsFunc(live, func(c channels.Channel) bool { return c.LinkedID != "" }):
		v.ok(nodeLinkedID, "comes with each channel")
	default:
		v.hint(nodeLinkedID, "does not come with the channels, so that each recording needs a request for it",
			"in ari.conf, section [general]: channelvars = CHANNEL(linkedid)"+reload("res_ari.so")+"; it is seen with the next call")
	}
}

// extensions looks whether the pattern fits the endpoints of this site.
func (v *visit) extensions(live []channels.Channel) {
	pattern := v.node.ExtensionPattern
	if pattern == nil {
		return
	}
	if len(live) == 0 {
		v.skip("only a call shows whether the pattern fits; there is none", nodeExtensions)
		return
	}
	fits := slices.ContainsFunc(live, func(c channels.Channel) bool { return pattern.MatchString(channels.ExtensionOf(c.Name, nil)) })
	if !fits {
		v.hint(nodeExtensions, fmt.Sprintf("%s fits none of the %d live channels, such as %s", pattern, len(live), live[0].Name),
			"correct "+v.key("extension_pattern")+": it is matched against what stands between the technology and the last hyphen, "+channels.ExtensionOf(live[0].Name, nil))
		return
	}
	v.ok(nodeExtensions, "%s fits a live channel", pattern)
}
