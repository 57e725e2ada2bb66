package recordingtest

import (
	"context"
	"errors"
	"time"

	"ari-recorder/pkg/recording"
)

var errLater = errors.New("not built yet")

func (s *Store) CreateOnce(ctx context.Context, r *recording.Recording, e recording.Event, use recording.KeyUse) error {
	return errLater
}
func (s *Store) List(ctx context.Context, f recording.Filter, p recording.Page) ([]*recording.Recording, error) {
	return nil, errLater
}
func (s *Store) Calls(ctx context.Context, f recording.CallFilter, p recording.Page) ([]*recording.Call, error) {
	return nil, errLater
}
func (s *Store) AuditTrail(ctx context.Context, f recording.AuditFilter, p recording.Page) ([]recording.AuditEntry, error) {
	return nil, errLater
}
func (s *Store) Doomed(ctx context.Context, d recording.Doom, after recording.Position, limit int) ([]*recording.Recording, error) {
	return nil, errLater
}
func (s *Store) KeyUse(ctx context.Context, caller, key string, since time.Time) (*recording.KeyUse, error) {
	return nil, errLater
}
func (s *Store) PutKeyUse(ctx context.Context, use recording.KeyUse) error { return errLater }
func (s *Store) ForgetKeyUses(ctx context.Context, before time.Time) error { return errLater }
