// Package config turns flags, environment and one YAML file into a single validated value.
//
// Load is the only way to get a Config. It reports every fault that it finds at once, so that an administrator
// corrects a configuration in one go, and it refuses what this version does not do yet: a service that keeps
// evidence must not accept a setting and then ignore it.
package config

import (
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// Config is everything that the process was told. It is made once, by Load, and never changed afterwards: pass it,
// or the part that a room needs, by value and leave its slices alone.
type Config struct {
	File      string // the configuration file that was read, "" if there is none
	DataDir   string // folder of the service's own files, cleaned, possibly relative to the working directory
	Instance  string // unique among the instances on one database; letters, digits, - _ .
	HTTP      HTTP
	Database  Database
	Storage   Storage
	Asterisk  Asterisk
	Recording Recording
	Legacy    Legacy
	Auth      Auth
	Access    Access
	Limits    Limits
	Log       Log
}

// HTTP is how clients reach the service.
type HTTP struct {
	Listen         string         // host:port for net.Listen; port 0 lets the system choose
	PublicURL      string         // http(s) URL without trailing slash, "" to derive it from each request
	TrustedProxies []netip.Prefix // whose forwarding headers count; empty: nobody's
	TLS            TLS
	CORSOrigins    []string // scheme://host[:port], lower-case, as browsers send them in Origin
}

// TLS is the server's certificate. The pair was readable and fitted together when Load looked.
type TLS struct {
	CertFile string // PEM, the server's certificate first; "" together with KeyFile: plain http
	KeyFile  string // PEM
}

// Asterisk is what the service knows about its Asterisk nodes.
type Asterisk struct {
	Application string // prefix of ARI application and live recording names; letters, digits, - _ .
	Nodes       []Node // at least one; names and URLs are unique
}

// Node is one Asterisk.
type Node struct {
	Name             string         // DefaultNode unless asterisk.nodes names it
	URL              string         // http(s) URL of ARI with its path, without trailing slash
	Username         string         // "" together with Password: none are written down
	Password         Secret         // set if and only if Username is
	CAFile           string         // PEM file with the certificates to trust, "" for the system's; only with https
	SpoolDir         string         // Asterisk's recording folder, "" to fetch audio over ARI
	ExtensionPattern *regexp.Regexp // first group is the extension within the endpoint's name; nil for none
}

// Recording is how recordings are made and kept.
type Recording struct {
	Format         string        // wav or wav16
	MaxDuration    time.Duration // whole seconds, 0 for none
	MaxActive      int           // running recordings at once, 0 for no limit
	Capture        string        // mixed or parties
	Channels       int           // 1, or 2 with Capture parties
	Follow         string        // channel, or call with Capture parties
	Retention      time.Duration // whole days of 24 h, 0 for ever
	UndeleteWindow time.Duration // whole days of 24 h, 0 for none
}

// Legacy is how the Noojee-compatible address behaves.
type Legacy struct {
	RetrieveDuringCall bool           // hand out audio although the recorded channel still lives
	GetResponse        string         // plain or soap
	FaultStatus        int            // 0 for the statuses of the contract, or 500 for every fault
	Networks           []netip.Prefix // may use the legacy address without a key
}

// Auth says who needs credentials, and which there are.
type Auth struct {
	Required bool     // false: who shows no key may do everything
	Local    bool     // nothing was written down: only this machine's own requests are let in without credentials
	Keys     []APIKey // names and hashes are unique
}

// APIKey is a credential, of which only the hash is known.
type APIKey struct {
	Name     string         // letters, digits, - _ .
	Hash     string         // "sha256:" and 64 lower-case hexadecimal digits
	Scopes   []string       // at least one of record, retrieve, manage, admin
	Networks []netip.Prefix // from which it may be used; empty: from anywhere
}

// Access says who may hear what.
type Access struct {
	Users []User // usernames are unique; empty: every username is let through
}

// String returns the name and the scopes.
func (k APIKey) String() string { return k.Name + "(" + strings.Join(k.Scopes, " ") + ")" }

// User is what one username may hear.
type User struct {
	Username   string   // exactly, or * for everyone who has no rule of their own
	Extensions []string // with * for any run of characters; empty: all
	Tags       []string // the same for tags
	Private    bool     // private recordings, too
}

// String returns the username.
func (u User) String() string { return u.Username }

// Limits bounds how much is asked.
type Limits struct {
	PerKey     Rate
	PerAddress Rate
}

// Rate is a number of requests.
type Rate struct {
	PerSecond float64 // 0: no limit
	Burst     int     // how many may come at once; at least 1 where there is a limit
}

// Log is what is logged, and how.
type Log struct {
	Level  slog.Level
	Format string // text or json, "" for text on a terminal and json elsewhere
}

// DefaultNode is the name of the node that asterisk.url and its neighbours describe.
const DefaultNode = "default"
