package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// nameTick is how often it is made sure that a name is still held.
const nameTick = 3 * time.Second

// TakeName reserves a name for this process among all that use the database: wanted, or if another living process has
// that, the first of wanted-2, wanted-3 … that is free. It is held until Close or the end of the process, however that
// comes. With an error, which is the database's, wanted is returned and reserved as soon as that is possible; should
// another process have it by then, the log says so. A SQLite file has one process in any case. It is called at most once.
func (s *Store) TakeName(ctx context.Context, wanted string) (string, error) {
	holder := s.dialect.holder()
	if holder == nil {
		return wanted, nil
	}
	name, err := holder.first(ctx, wanted)
	keeping, cancel := context.WithCancel(context.Background())
	s.nameless, s.unnamed = cancel, make(chan struct{})
	go func() {
		defer close(s.unnamed)
		s.keepName(keeping, holder, name)
	}()
	return name, err
}

// holder reserves a name; one that is lost with the connection is to be taken anew.
type holder interface {
	// first takes the first name that is free, see TakeName.
	first(ctx context.Context, wanted string) (string, error)
	// hold makes sure that the name is held; errNameTaken tells that another process has it.
	hold(ctx context.Context, name string) error
	// close gives the name back.
	close() error
}

var errNameTaken = errors.New("another living process has the name")

// maxNames bounds how many processes may be called alike.
const maxNames = 99

// numbered is the n-th name to try.
func numbered(wanted string, n int) string {
	if n == 1 {
		return wanted
	}
	return fmt.Sprintf("%s-%d", wanted, n)
}

// keepName looks after the name until ctx ends, and gives it back.
func (s *Store) keepName(ctx context.Context, h holder, name string) {
	tick := time.NewTicker(nameTick)
	defer tick.Stop()
	said := false
	for {
		select {
		case <-ctx.Done():
			if err := h.close(); err != nil {
				s.log.DebugContext(ctx, "the instance's name could not be given back", "error", err)
			}
			return
		case <-tick.C:
		}
		taken := errors.Is(h.hold(ctx, name), errNameTaken)
		if taken && !said {
			s.log.ErrorContext(ctx, "another living process has this instance's name: give one of them another instance in its configuration, and start it again", "instance", name)
		}
		said = taken
	}
}
