package doctor_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/doctor"
)

func TestStorage(t *testing.T) {
	folder := t.TempDir()
	r := examine(t, nowhere.with("STORAGE_URL", "file://"+folder+"/deep/below"))
	r.tells("storage:folder", doctor.OK, "will be made in "+folder, "")
	r.of("storage:free")
	require.Empty(t, files(t, folder))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "file"), nil, 0o600))
	r = examine(t, nowhere.with("STORAGE_URL", "file://"+folder+"/file/below"))
	r.tells("storage:folder", doctor.Fault, "audio cannot be kept", "install -d")
	r.tells("storage:free", doctor.Skipped, "needs the folder", "")
	examine(t, nowhere.with("STORAGE_URL", "file:///proc")).tells("storage:folder", doctor.Fault, "audio cannot be kept in /proc", "storage.url or data_dir")
}

func TestServiceAddress(t *testing.T) {
	look := func(listen, local string) report {
		return examineAt(t, t.Context(), nowhere.with("HTTP_LISTEN", listen, "AUTH_REQUIRED", "false"), doctor.Options{Local: local})
	}
	page := httptest.NewServer(http.NotFoundHandler())
	defer page.Close()
	address := page.Listener.Addr().String()
	look(address, page.URL).tells("service:address", doctor.Fault, "another program answers on "+address, "ss -ltnp")
	look(address, "").tells("service:address", doctor.Fault, "another program holds "+address, "http.listen")
	look("192.0.2.1:8080", "").tells("service:address", doctor.Fault, "no network interface", "ip -brief address")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	free := listener.Addr().String()
	require.NoError(t, listener.Close())
	look(free, "http://"+free).tells("service:address", doctor.OK, free+" is free", "")
}

func TestClockAndCertificate(t *testing.T) {
	until := time.Now().Add(100 * 24 * time.Hour)
	cert, key, _ := certificate(t, "localhost", until)
	s := nowhere.with("HTTP_TLS_CERT_FILE", cert, "HTTP_TLS_KEY_FILE", key)
	at := func(now time.Time) report {
		return examineAt(t, t.Context(), s, doctor.Options{Now: func() time.Time { return now }})
	}
	at(time.Now()).tells("service:certificate", doctor.OK, "is valid until", "")
	at(until.Add(-13*24*time.Hour)).tells("service:certificate", doctor.Warning, "runs out on", "renew the certificate in "+cert)
	at(until.Add(time.Hour)).tells("service:certificate", doctor.Fault, "has run out on", "renew")
	at(until.Add(-400*24*time.Hour)).tells("service:certificate", doctor.Fault, "not valid before", "clock")
	r := at(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC))
	r.tells("service:clock", doctor.Fault, "says 1970-01-01", "timedatectl")
	at(time.Now()).tells("service:clock", doctor.OK, "UTC", "")
}

// Several nodes are examined at once and told of in their order; one that is away does not hide the others.
func TestNodesAreToldApart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	text := "data_dir: " + t.TempDir() + "\nhttp: {listen: \"127.0.0.1:0\"}\nasterisk:\n  nodes:\n"
	for i := range 3 {
		text += fmt.Sprintf("  - {name: pbx%d, url: \"http://127.0.0.1:%d/ari\"}\n", i, i+1)
	}
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	var nodes []string
	r := doctor.Examine(t.Context(), doctor.Options{Config: loadFile(t, file)}, func(c doctor.Check) {
		if c.Name == "asterisk:connectivity" {
			nodes = append(nodes, c.Node)
			require.True(t, strings.Contains(c.Advice, "asterisk.nodes, "+c.Node+": url"), c.Advice)
		}
	})
	require.Equal(t, []string{"pbx0", "pbx1", "pbx2"}, nodes)
	require.Equal(t, doctor.Fault, r.Status)
}
