package lab

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"
)

//go:embed database.sql
var databaseSetup string

// DBOptions say how a database server differs from a plain one.
type DBOptions struct {
	Log      io.Writer // gets the server's log; nil for none
	Settings []string  // further options of the server, such as --innodb-buffer-pool-size=1G
}

// Database is a running database server of its own, with a throw-away data folder. Its settings are the maker's defaults, with commits that
// survive a power cut.
type Database struct {
	URL string // of a fresh, empty schema, for a user who may do anything in this server's lab schemas and nothing else

	dir    string
	port   *portBlock
	jail   *jail
	server *server
	secret string // of root@127.0.0.1
	made   atomic.Int64
}

const (
	databaseUser = "lab"
	// databasePassword holds what a URL must escape: whoever forgets finds out at once.
	databasePassword = "p@ss/w:rd"
)

// flavour is what MariaDB and MySQL do not share.
type flavour struct {
	root Root
	argv []string
}

// Neither reads Debian's configuration: its defaults are not those of a server that users bring along.
var (
	mariaDB = flavour{RootMariaDB, []string{"mariadbd"}}
	mySQL   = flavour{RootMySQL, []string{"mysqld", "--mysqlx=OFF"}}
)

// StartMariaDB starts a MariaDB server and waits until it takes connections. The root folder must have been installed.
func StartMariaDB(ctx context.Context, options DBOptions) (*Database, error) {
	return startDatabase(ctx, mariaDB, options)
}

// StartMySQL starts a MySQL server and waits until it takes connections. The root folder must have been installed.
func StartMySQL(ctx context.Context, options DBOptions) (*Database, error) {
	return startDatabase(ctx, mySQL, options)
}

func startDatabase(ctx context.Context, f flavour, options DBOptions) (*Database, error) {
	d := &Database{secret: rand.Text()}
	if err := d.prepare(ctx, f, options); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", f.root, err), d.Close())
	}
	if err := d.server.start(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	var err error
	if d.URL, err = d.NewDatabase(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Database) prepare(ctx context.Context, f flavour, options DBOptions) (err error) {
	if d.port, err = leasePorts(ctx, serverPorts, serverPortsEnd, 1, 1); err != nil {
		return err
	}
	if d.dir, err = instanceDir(f.root, d.port.base); err != nil {
		return err
	}
	if err := copyData(ctx, f.root, filepath.Join(d.dir, "data")); err != nil {
		return err
	}
	setup := strings.NewReplacer("{user}", databaseUser, "{password}", databasePassword, "{secret}", d.secret).Replace(databaseSetup)
	if err := os.WriteFile(filepath.Join(d.dir, "setup.sql"), []byte(setup), 0o644); err != nil {
		return err
	}
	if d.jail, err = openJail(f.root, d.dir, "mysql"); err != nil {
		return err
	}
	d.server = &server{jail: d.jail, argv: append(f.command(d.port.base), options.Settings...), log: options.Log, ready: d.answers}
	return d.jail.give(d.dir)
}

// copyData takes the data folder that the package made when it was installed: ten times quicker than to make one.
func copyData(ctx context.Context, root Root, to string) error {
	folder, err := root.folder()
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "cp", "-a", "--reflink=auto", filepath.Join(folder, "var/lib/mysql"), to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copy data folder: %w: %s", err, out)
	}
	return nil
}

func (f flavour) command(port int) []string {
	argv := []string{
		f.argv[0], "--no-defaults", "--datadir=/srv/data", "--socket=/srv/socket", "--pid-file=/srv/pid", "--init-file=/srv/setup.sql",
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=1",
	}
	return append(argv, f.argv[1:]...)
}

// answers tells whether the server takes connections.
func (d *Database) answers(ctx context.Context) bool {
	return d.asRoot(func(db *sql.DB) error { return db.PingContext(ctx) }) == nil
}

// asRoot works on one connection of the server's administrator.
func (d *Database) asRoot(work func(*sql.DB) error) error {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.Net, config.Addr = "labroot", d.secret, "tcp", d.address()
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	return errors.Join(work(db), db.Close())
}

// Exec has the server's administrator carry out statements, one after the other.
func (d *Database) Exec(ctx context.Context, statements ...string) error {
	return d.asRoot(func(db *sql.DB) error {
		for _, statement := range statements {
			if _, err := db.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}

func (d *Database) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(d.port.base)) }

// NewDatabase makes a fresh schema with the server's default character set and returns its URL, mysql://user:password@127.0.0.1:PORT/name.
func (d *Database) NewDatabase(ctx context.Context) (string, error) {
	name := fmt.Sprintf("lab_%d", d.made.Add(1))
	err := d.asRoot(func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "CREATE DATABASE "+name)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	u := url.URL{Scheme: "mysql", User: url.UserPassword(databaseUser, databasePassword), Host: d.address(), Path: "/" + name}
	return u.String(), nil
}

// DSN is a database URL as the driver github.com/go-sql-driver/mysql wants it.
func DSN(databaseURL string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", err
	}
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr, config.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	config.Passwd, _ = u.User.Password()
	config.ParseTime = true
	return config.FormatDSN(), nil
}

// Kill ends the server as a crash would, with SIGKILL.
func (d *Database) Kill() error { return d.server.kill() }

// Restart starts the server again after Kill, on the same port and data, and waits until it takes connections. One that runs is killed first.
func (d *Database) Restart(ctx context.Context) error { return d.server.restart(ctx) }

// Close ends the server and removes its data.
func (d *Database) Close() error {
	var errs []error
	if d.jail != nil {
		errs = append(errs, d.jail.close())
	}
	if d.server != nil {
		errs = append(errs, d.server.kill())
	}
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	if d.port != nil {
		errs = append(errs, d.port.release())
	}
	return errors.Join(errs...)
}
