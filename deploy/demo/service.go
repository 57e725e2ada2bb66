package main

import (
	"context"
	"fmt"
	"os"

	"ari-recorder/deploy/run"
)

// serve starts the service with a folder of its own and waits until it would take a start.
func (d *demo) serve(ctx context.Context) (err error) {
	if d.folder, err = os.MkdirTemp("", "ari-recorder-demo-"); err != nil {
		return err
	}
	settings := []string{"ASTERISK_URL=" + d.pbx.URL, "ASTERISK_USERNAME=" + d.pbx.Username, "ASTERISK_PASSWORD=" + d.pbx.Password}
	d.say("ARI_RECORDER_%s \\", settings[0])
	d.say("ARI_RECORDER_%s ARI_RECORDER_%s ari-recorder serve", settings[1], settings[2])
	if d.service, err = run.Start(ctx, d.binary, append(settings, "DATA_DIR="+d.folder), nil); err != nil {
		return err
	}
	if err := d.service.Ready(ctx); err != nil {
		return err
	}
	d.say("ready at %s", d.service.URL)
	return nil
}

// endService asks the service to end and removes its folder.
func (d *demo) endService() error {
	if d.service != nil {
		if code, err := d.service.Stop(); err != nil || code != 0 {
			return fmt.Errorf("ari-recorder ended with %d: %w", code, err)
		}
	}
	return os.RemoveAll(d.folder)
}
