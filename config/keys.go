package config

import (
	"slices"
	"strings"
)

// Key describes one setting, for the README's table, the flags and the messages.
type Key struct {
	Name    string // as in the file, with dots between the sections
	Env     string // environment variable, "" if the environment cannot set it
	EnvFile string // environment variable that names a file holding the value, "" if there is none
	Flag    string // command-line flag without its hyphens, "" if there is none
	Default string // value that is used when the key is not written, or the rule for it; "" for none
	Text    string // one sentence

	derived bool  // Default is a rule, not a value
	secret  bool  // may come from a file, and its value is never shown
	noFlag  bool  // command lines are seen by every user of the machine
	shape   shape // what the file may hold
	fields  []field
	hint    string // placeholder in --help; never "int" or "bool", whose flags viper turns into 0 and false when they are malformed
}

type shape int

const (
	scalar  shape = iota // one text, number or boolean
	list                 // a comma list, or in the file also a YAML list
	texts                // one text, or in the file a YAML list of any texts; only in the items of objects
	objects              // a YAML list of mappings; never a flag, and a variable only if that names a file
)

// field is a key of one item of objects.
type field struct {
	name  string
	shape shape
}

const envPrefix = "ARI_RECORDER_"

// table holds every key of the contract, in the order of its table.
var table = complete([]Key{
	{Name: "data_dir", Default: "./data", hint: "FOLDER", Text: "Folder of the service's own files, relative to the working directory."},
	{Name: "instance", Default: "the host's name", derived: true, hint: "NAME", Text: "Name of this instance, unique among those on one database."},
	{Name: "http.listen", Default: "127.0.0.1:8080", hint: "HOST:PORT", Text: "Address to listen on."},
	{Name: "http.public_url", Default: "from the request", derived: true, hint: "URL", Text: "Address under which clients reach the service."},
	{Name: "http.trusted_proxies", shape: list, hint: "CIDRS", Text: "Networks whose forwarding headers are believed."},
	{Name: "http.tls.cert_file", hint: "FILE", Text: "Certificate for TLS (PEM), with those between it and its root; empty: plain http."},
	{Name: "http.tls.key_file", hint: "FILE", Text: "Private key of that certificate (PEM)."},
	{Name: "http.cors_origins", shape: list, hint: "ORIGINS", Text: "Origins whose browser pages may call the service."},
	{Name: "database.url", Default: "sqlite:<data_dir>/ari-recorder.db", derived: true, secret: true, hint: "URL", Text: "sqlite:PATH, or mysql://user:password@host:3306/name?tls=true with the password URL-encoded."},
	{Name: "storage.url", Default: "file://<data_dir>/recordings", derived: true, hint: "URL", Text: "Where finished audio is kept: file:///folder, or s3://bucket/prefix."},
	{Name: "storage.min_free", Default: "256MiB", hint: "SIZE", Text: "Free space below which starts are refused with 503, so that what runs finds room; 0 for never."},
	{Name: "storage.endpoint", Default: "https://s3.amazonaws.com", hint: "URL", Text: "Server of the bucket."},
	{Name: "storage.region", Default: "the server is asked", derived: true, hint: "NAME", Text: "Region of the bucket."},
	{Name: "storage.access_key", Default: "AWS_… variables, ~/.aws/credentials, or the machine's role", derived: true, hint: "NAME", Text: "Access key that may read, write, list and delete in the bucket."},
	{Name: "storage.secret_key", secret: true, noFlag: true, Text: "Secret of that access key."},
	{Name: "storage.path_style", Default: "as the server is known to want it", derived: true, hint: "BOOLEAN", Text: "Whether the bucket's name is in the path of requests (true) or in the host's name (false)."},
	{Name: "storage.ca_file", Default: "the system's", derived: true, hint: "FILE", Text: "Certificates (PEM) that are trusted when storage.endpoint is https."},
	{Name: "asterisk.url", Default: "http://127.0.0.1:8088/ari", hint: "URL", Text: "Asterisk's ARI; https means wss for events too."},
	{Name: "asterisk.username", hint: "NAME", Text: "User of ari.conf."},
	{Name: "asterisk.password", secret: true, noFlag: true, Text: "Password of that user."},
	{Name: "asterisk.application", Default: "ari-recorder", hint: "NAME", Text: "Prefix of our names in Asterisk; two installations on one Asterisk need two."},
	{Name: "asterisk.ca_file", Default: "the system's", derived: true, hint: "FILE", Text: "Certificates (PEM) that are trusted when asterisk.url is https."},
	{Name: "asterisk.spool_dir", hint: "FOLDER", Text: "Asterisk's recording folder, only read; empty: audio is fetched over ARI."},
	{Name: "asterisk.extension_pattern", hint: "REGEXP", Text: "Regular expression whose first group is the extension within the endpoint's name."},
	{Name: "asterisk.nodes", shape: objects, fields: nodeFields, Text: "List of {name, url, username, password, ca_file, spool_dir, extension_pattern} instead of the single node above."},
	{Name: "recording.format", Default: "wav", hint: "FORMAT", Text: "wav (8 kHz) or wav16 (16 kHz)."},
	{Name: "recording.max_duration", Default: "0", hint: "DURATION", Text: "Longest recording, such as 90m or 4h; 0 for none."},
	{Name: "recording.max_active", Default: "0", hint: "COUNT", Text: "Most recordings at once; 0 for no limit."},
	{Name: "recording.capture", Default: "parties", hint: "MODE", Text: "mixed: one snoop on the recorded channel; parties: each party at its own source, mixed when the recording ends."},
	{Name: "recording.channels", Default: "1", hint: "COUNT", Text: "Channels of the audio: 1; or 2: the recorded extension left, everyone else right (needs capture parties)."},
	{Name: "recording.follow", Default: "channel", hint: "MODE", Text: "channel: ends with the recorded channel; call: goes on with who remains of the call (needs capture parties)."},
	{Name: "recording.retention", Default: "0", hint: "DAYS", Text: "How long recordings are kept, such as 90d; 0 for ever."},
	{Name: "recording.undelete_window", Default: "30d", hint: "DAYS", Text: "How long a deleted recording can be had back; 0 for not at all."},
	{Name: "legacy.retrieve_during_call", Default: "false", hint: "BOOLEAN", Text: "Hand out audio although the recorded channel still lives."},
	{Name: "legacy.get_response", Default: "plain", hint: "STYLE", Text: "Answer to GET: plain, or soap for clients that expect an envelope and cannot send Accept."},
	{Name: "legacy.fault_status", Default: "0", hint: "STATUS", Text: "HTTP status of faults: 0, each has its own; 500, all have 500."},
	{Name: "legacy.networks", shape: list, hint: "CIDRS", Text: "Networks that may use the legacy address without a key."},
	{Name: "auth.required", Default: "true, unless only this machine can reach the service and no keys or legacy networks are written down", derived: true, hint: "BOOLEAN", Text: "Whether requests need credentials; false lets in everyone who can reach the service."},
	{Name: "auth.keys", shape: objects, secret: true, fields: keyFields, Text: "List of {name, hash, scopes, networks}; scopes are record, retrieve, manage and admin. The variable names a YAML file with the list."},
	{Name: "access.users", shape: objects, fields: userFields, Text: "List of {username, extensions, tags, private}: who may hear what, with * for any characters; empty: every username is let through."},
	{Name: "limits.per_key", Default: "1000/2000", hint: "RATE", Text: "Requests a second with each key, and how many at once: RATE or RATE/BURST; 0 for no limit."},
	{Name: "limits.per_address", Default: "1000/2000", hint: "RATE", Text: "The same from each address, or from each /64 of IPv6."},
	{Name: "log.level", Default: "info", hint: "LEVEL", Text: "debug, info, warn or error."},
	{Name: "log.format", Default: "text on a terminal, else json", derived: true, hint: "FORMAT", Text: "text or json."},
})

// The fields of the items of asterisk.nodes, auth.keys and access.users.
var (
	nodeFields = []field{{name: "name"}, {name: "url"}, {name: "username"}, {name: "password"}, {name: "ca_file"}, {name: "spool_dir"}, {name: "extension_pattern"}}
	keyFields  = []field{{name: "name"}, {name: "hash"}, {name: "scopes", shape: list}, {name: "networks", shape: list}}
	userFields = []field{{name: "username"}, {name: "extensions", shape: texts}, {name: "tags", shape: texts}, {name: "private"}}
)

// Keys returns every key in the order in which it is documented.
func Keys() []Key { return slices.Clone(table) }

func complete(keys []Key) []Key {
	for i := range keys {
		k := &keys[i]
		env := envPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
		if k.secret {
			k.EnvFile = env + "_FILE"
		}
		if k.shape == objects {
			continue
		}
		k.Env = env
		if !k.noFlag {
			k.Flag = strings.NewReplacer(".", "-", "_", "-").Replace(k.Name)
		}
	}
	return keys
}

// fallback is the value of a key that nobody wrote.
func (k Key) fallback() string {
	if k.derived {
		return ""
	}
	return k.Default
}

func find(name string) (Key, bool) {
	i := slices.IndexFunc(table, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return Key{}, false
	}
	return table[i], true
}
