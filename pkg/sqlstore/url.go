package sqlstore

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
)

// parse reads a database URL. Its errors never quote the URL: it holds the password.
func parse(text string) (dialect, error) {
	scheme, rest, found := strings.Cut(text, ":")
	switch {
	case found && scheme == "sqlite":
		return parseSQLite(rest)
	case found && scheme == "mysql":
		return parseMySQL(text)
	default:
		return nil, errors.New("must begin with sqlite: or mysql://")
	}
}

// parseSQLite takes the path as it stands, without URL escapes.
func parseSQLite(path string) (dialect, error) {
	if path == "" {
		return nil, errors.New("sqlite: must be followed by the path of a file")
	}
	if strings.ContainsAny(path, "?\x00") {
		return nil, errors.New("sqlite: takes a path and no options")
	}
	path, err := filepath.Abs(path) // which also keeps :memory: from being a database that vanishes with its connection
	if err != nil {
		return nil, err
	}
	return &sqlite{path: path}, nil
}

// ours are parameters of the driver that people copy from elsewhere; they are accepted, and set by us.
var ours = map[string]bool{"charset": true, "collation": true, "loc": true, "parseTime": true, "timeout": true, "readTimeout": true, "writeTimeout": true}

func parseMySQL(text string) (dialect, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("not a URL; special characters in the password must be URL-encoded")
	}
	name := strings.TrimPrefix(u.Path, "/")
	if u.Hostname() == "" || name == "" || strings.Contains(name, "/") || u.User.Username() == "" {
		return nil, errors.New("must have the form mysql://user:password@host:3306/name")
	}
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	tls, err := parseParameters(u.Query())
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	return newMySQL(u.User.Username(), password, net.JoinHostPort(u.Hostname(), port), name, tls), nil
}

func parseParameters(query url.Values) (tls string, err error) {
	for key := range query {
		if key != "tls" && !ours[key] {
			return "", fmt.Errorf("unknown parameter %q; there is only tls", key)
		}
	}
	switch tls = query.Get("tls"); tls {
	case "", "true", "false", "skip-verify", "preferred":
		return tls, nil
	default:
		return "", errors.New("tls must be true, false, skip-verify or preferred")
	}
}
