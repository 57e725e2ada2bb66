package sqlstore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"ari-recorder/pkg/recording"
)

// Claim makes owner the owner of the node's rows in work that are its own already, have none, or whose lease has run
// out, renews their leases and returns them, oldest first. A row that changes hands gets a new version, so that its
// former owner, if it only slept, cannot write it any more.
func (s *Store) Claim(ctx context.Context, node, owner string) ([]*recording.Recording, error) {
	free := func(db *gorm.DB) *gorm.DB {
		return db.Where("owner <> ?", owner).Where("owner = '' OR lease_until IS NULL OR lease_until <= "+s.dialect.fromNow(), 0)
	}
	seqs, err := s.inWork(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where("node = ?", node).Where(db.Session(&gorm.Session{NewDB: true}).Where("owner = ?", owner).Or(free(db.Session(&gorm.Session{NewDB: true}))))
	})
	if err != nil || len(seqs) == 0 {
		return nil, err
	}
	taken := map[string]any{"owner": owner, "lease_until": s.leaseEnd(), "version": gorm.Expr("version + 1")}
	_, err = s.transaction().
		then(func(db *gorm.DB) *gorm.DB { return free(among(db, seqs)).Updates(taken) }).
		then(func(db *gorm.DB) *gorm.DB { return s.renew(db, seqs, owner) }).
		commit(ctx)
	if err != nil {
		return nil, err
	}
	return s.load(ctx, func(db *gorm.DB) *gorm.DB {
		return among(db, seqs).Where("owner = ?", owner).Order("seq")
	})
}

// Renew prolongs the leases of all rows in work that belong to owner.
func (s *Store) Renew(ctx context.Context, owner string) error {
	seqs, err := s.inWork(ctx, func(db *gorm.DB) *gorm.DB { return db.Where("owner = ?", owner) })
	if err != nil || len(seqs) == 0 {
		return err
	}
	_, err = s.transaction().then(func(db *gorm.DB) *gorm.DB { return s.renew(db, seqs, owner) }).commit(ctx)
	return err
}

func (s *Store) renew(db *gorm.DB, seqs []int64, owner string) *gorm.DB {
	return among(db, seqs).Where("owner = ?", owner).Update("lease_until", s.leaseEnd())
}

// leaseEnd is when a lease that begins now runs out.
func (s *Store) leaseEnd() clause.Expr { return gorm.Expr(s.dialect.fromNow(), lease(s.lease)) }

// inWork lists rows in work. Leases are then written by primary key: an UPDATE that finds its rows by state would lock
// that index first and the row second, opposite to Store.Update, and the two would now and then deadlock.
func (s *Store) inWork(ctx context.Context, selected func(*gorm.DB) *gorm.DB) (seqs []int64, err error) {
	err = s.query(ctx, func(db *gorm.DB) error {
		return selected(working(db.Model(&recordingRow{}))).Order("seq").Pluck("seq", &seqs).Error
	})
	return seqs, err
}

// among selects those of the rows that are still in work, by their primary keys.
func among(db *gorm.DB, seqs []int64) *gorm.DB {
	return in(db.Model(&recordingRow{}).Where("seq IN ?", seqs), inWork())
}
