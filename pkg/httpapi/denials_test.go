package httpapi

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

func TestDeniedRequestsAreInTheAuditTrail(t *testing.T) {
	rows := &trail{}
	s := guarded(t, Options{Denied: rows.write}, keys())
	s.get("/v1/calls?tag=22&apiKey=secret-x", "X-Request-Id", "r-1")
	s.get("/v1/calls", "X-API-Key", "secret-p", "X-Request-Id", "r-2")
	s.get("/v1/calls", "X-API-Key", "secret-e", "X-Request-Id", "r-3")
	s.ask(http.MethodPost, "/v1/calls", "X-API-Key", "secret-b", "Origin", "https://evil.example", "X-Request-Id", "r-4")
	s.get("/v1/calls", "X-API-Key", "secret-p", "Authorization", "Bearer secret-r")
	s.get("/nowhere")
	s.ask(http.MethodPut, "/v1/calls")
	s.get("/v1/calls", "X-API-Key", "secret-r")
	row := func(name, id, subject, outcome string) recording.AuditEntry {
		return recording.AuditEntry{
			Action: recording.ActionDenied, Actor: recording.Actor{Name: name, Address: "127.0.0.1", RequestID: id},
			Subject: subject, Outcome: outcome,
		}
	}
	require.Equal(t, []recording.AuditEntry{
		row("", "r-1", "GET /v1/calls?tag=22&apiKey=REDACTED", "unauthorized"),
		row("player", "r-2", "GET /v1/calls", "forbidden"),
		row("elsewhere", "r-3", "GET /v1/calls", "forbidden"),
		row("boss", "r-4", "POST /v1/calls", "forbidden"),
	}, rows.all())
}

func entry(address, subject string) recording.AuditEntry {
	return recording.AuditEntry{Action: recording.ActionDenied, Actor: recording.Actor{Address: address}, Subject: subject}
}

func TestAFloodOfDeniedRequestsIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := &trail{}
		d := newDenials(rows.write)
		for range denialBurst + 1000 {
			d.note(t.Context(), "192.0.2.1", entry("192.0.2.1", "GET /x"))
		}
		d.note(t.Context(), "192.0.2.2", entry("192.0.2.2", "GET /y"))
		require.Len(t, rows.all(), denialBurst+1)
		<-time.After(denialTick)
		synctest.Wait()
		require.Equal(t, entry("192.0.2.1", "1000 requests, the latest: GET /x"), rows.all()[denialBurst+1])
		d.note(t.Context(), "192.0.2.1", entry("192.0.2.1", "GET /z"))
		require.Equal(t, "GET /z", rows.all()[denialBurst+2].Subject, "one every ten seconds has a row of its own")
		d.note(t.Context(), "192.0.2.1", entry("192.0.2.1", "GET /last"))
		d.close()
		require.Equal(t, "GET /last", rows.all()[denialBurst+3].Subject)
		require.Len(t, rows.all(), denialBurst+4)
	})
}

func TestAFloodFromManyAddressesIsCountedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := &trail{}
		d := newDenials(rows.write)
		const many = 100_000
		for i := range many {
			address := string(rune('a' + i)) // any name does
			d.note(t.Context(), address, entry(address, "GET /x"))
		}
		require.Len(t, rows.all(), 10*denialBurst)
		d.close()
		all := rows.all()[10*denialBurst:]
		require.Len(t, all, denialAddresses+1)
		for _, e := range all {
			if e.Actor.Address == "several" {
				require.Equal(t, "99300 requests, the latest: GET /x", e.Subject)
			} else {
				require.Equal(t, "GET /x", e.Subject)
			}
		}
	})
}

func TestCountsDoNotHoldUpTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := 0
		d := newDenials(func(ctx context.Context, _ recording.AuditEntry) {
			if hangs++; hangs > 10*denialBurst {
				<-time.After(3 * time.Second) // as the database does when it is away
			}
		})
		for i := range 1000 {
			d.note(t.Context(), string(rune('a'+i)), entry("", "GET /x"))
		}
		began := time.Now()
		d.close()
		require.LessOrEqual(t, time.Since(began), 3*time.Second)
	})
}
