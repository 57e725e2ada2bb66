package asterisk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/recording"
)

func TestZZ(t *testing.T) {
	real := lab.NewAsterisk(t, lab.AsteriskOptions{})
	names := &bed{}
	for i := range 4000 {
		if i%100 == 0 {
			fmt.Println(i, time.Now())
		}
		r := build(t, real.URL, real.Username, real.Password, nil)
		r.Start(t.Context())
		before := time.Now()
		for !r.index.Ready(node) {
			<-time.After(time.Millisecond)
			if time.Since(before) > 6*time.Second {
				fmt.Println("STUCK at", i, r.status())
				r.Close()
				t.FailNow()
			}
		}
		if i%3 == 0 {
			call, err := real.Call(t.Context(), lab.CallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { }()
			tr := names.track()
			tr.Name = fmt.Sprintf("lab-%d", i)
			tr.UniqueID = call.Callee.ID
			if err := r.Snoop(t.Context(), node, tr, "id"); err != nil {
				fmt.Println(err)
			}
			if _, err := r.Record(t.Context(), node, tr.Name, recording.FormatWAV, 0); err != nil {
				fmt.Println(err)
			}
			go func() { call.HangUp(context.WithoutCancel(t.Context())); call.Close() }()
			if i%2 == 0 {
				r.End(t.Context(), node, tr.Name)
			}
		}
		r.Close()
	}
}
