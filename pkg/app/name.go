package app

import (
	"context"
	"errors"
	"time"

	"ari-recorder/pkg/recording"
)

// nameBound is how long the database may take to say what this process may be called. One that is away must not keep the
// service from coming up.
const nameBound = 3 * time.Second

// settleName finds a name for this process that no other living one has: two would throw each other out of Asterisk, and
// take each other's recordings for their own. So it is at a restart that begins before the old process has ended, and
// where hosts share a name by mistake.
func (a *App) settleName() error {
	ctx, cancel := context.WithTimeout(context.Background(), nameBound)
	defer cancel()
	name, err := a.store.TakeName(ctx, a.config.Instance)
	if err != nil && !errors.Is(err, recording.ErrStoreDown) {
		a.log.WarnContext(ctx, "it is not certain that no other process has this instance's name", "instance", name, "error", err)
	}
	if name != a.config.Instance {
		a.log.WarnContext(ctx, "another living process has this instance's name; unless one of the two is about to end, give them names of their own in instance",
			"instance", name)
		a.config.Instance = name
	}
	return nil
}
