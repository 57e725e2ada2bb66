package config

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Drivers of a Database.
const (
	SQLite = "sqlite"
	MySQL  = "mysql"
)

// Database is where the metadata is kept.
type Database struct {
	URL    Secret // as written, or as derived from data_dir
	Driver string // SQLite or MySQL

	Path string // SQLite: the file, cleaned; may hold characters that mean something in a URL

	Address  string // MySQL and MariaDB: host:port
	Username string
	Password Secret
	Name     string
	TLS      string // true, false, skip-verify, preferred, or "" if not written
}

// String returns the URL with its password redacted.
func (d Database) String() string {
	if d.Driver != MySQL {
		return SQLite + ":" + d.Path
	}
	user := url.User(d.Username).String()
	if d.Password != "" {
		user += ":" + redacted
	}
	text := "mysql://" + user + "@" + d.Address + "/" + url.PathEscape(d.Name)
	if d.TLS != "" {
		text += "?tls=" + d.TLS
	}
	return text
}

// database reads database.url. Its faults never repeat the URL, nor what net/url says about it: both hold the password.
func (l *layers) database(dataDir string) Database {
	text := l.text("database.url")
	if text == "" {
		path := filepath.Join(dataDir, "ari-recorder.db")
		return Database{URL: Secret(SQLite + ":" + path), Driver: SQLite, Path: path}
	}
	var d Database
	var err error
	switch scheme, rest, _ := strings.Cut(text, ":"); scheme {
	case SQLite:
		d, err = parseSQLite(rest)
	case MySQL:
		d, err = parseMySQL(text)
	default:
		err = errors.New("must begin with sqlite: or mysql://")
	}
	if err != nil {
		l.fault("database.url", err.Error())
	}
	d.URL = Secret(text)
	return d
}

func parseSQLite(path string) (Database, error) {
	switch {
	case path == "":
		return Database{}, errors.New("sqlite: needs the path of a file, such as sqlite:./data/ari-recorder.db")
	case strings.HasPrefix(path, "//"), strings.HasPrefix(path, "file:"):
		return Database{}, errors.New("write sqlite: and the file's path, without // and file: before it")
	case strings.HasPrefix(path, ":"):
		return Database{}, errors.New("recordings need a database that outlives the process; name a file")
	case strings.Contains(path, "?"):
		return Database{}, errors.New("sqlite: takes no options; remove the question mark")
	}
	return Database{Driver: SQLite, Path: filepath.Clean(path)}, nil
}

var tlsModes = []string{"true", "false", "skip-verify", "preferred"}

func parseMySQL(text string) (Database, error) {
	u, err := url.Parse(text)
	if err != nil || u.Fragment != "" || u.Opaque != "" || u.Hostname() == "" || !validPort(u.Port()) {
		return Database{}, errors.New("must be mysql://user:password@host:3306/name, with user and password URL-encoded")
	}
	name := strings.TrimPrefix(u.Path, "/")
	if u.User.Username() == "" || name == "" || strings.Contains(name, "/") {
		return Database{}, errors.New("must name a user and a database: mysql://user:password@host:3306/name")
	}
	query, err := url.ParseQuery(u.RawQuery)
	modes := query["tls"]
	delete(query, "tls")
	if err != nil || len(query) > 0 || len(modes) > 1 || len(modes) == 1 && !slices.Contains(tlsModes, modes[0]) {
		return Database{}, errors.New("takes no option but tls=" + strings.Join(tlsModes, "|") + "; time zone and time-outs are always set")
	}
	password, _ := u.User.Password()
	return Database{
		Driver: MySQL, Name: name, TLS: strings.Join(modes, ""),
		Address:  net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "3306")),
		Username: u.User.Username(), Password: Secret(password),
	}, nil
}
