package sqlstore

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"ari-recorder/pkg/recording"
)

// Claim makes owner the owner of the node's rows in work that are its own already, have none, or whose lease has run
// out, renews their leases and returns them, oldest first. A row that changes hands gets a new version, so that its
// former owner, if it only slept, cannot write it any more.
func (s *Store) Claim(ctx context.Context, node, owner string) (list []*recording.Recording, err error) {
	seqs, err := s.inWork(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where("node = ?", node).Where(fresh(db).Where("owner = ?", owner).Or(s.free(fresh(db), owner)))
	})
	if err != nil {
		return nil, err
	}
	taken := map[string]any{"owner": owner, "lease_until": s.leaseEnd(), "version": gorm.Expr("version + 1")}
	for part := range slices.Chunk(seqs, claimedAtOnce) {
		_, err = s.transaction().
			then(func(db *gorm.DB) *gorm.DB { return s.free(among(db, part), owner).Updates(taken) }).
			then(func(db *gorm.DB) *gorm.DB { return s.renew(db, part, owner) }).
			commit(ctx)
		if err != nil {
			return nil, err
		}
		rows, err := s.load(ctx, func(db *gorm.DB) *gorm.DB { return among(db, part).Where("owner = ?", owner).Order("seq") })
		if err != nil {
			return nil, err
		}
		list = append(list, rows...)
	}
	return list, nil
}

// claimedAtOnce is how many rows one transaction may lease: starts that are under way wait for it, for their rows are
// among them. SQLite takes no more than 32,766 arguments in any case.
const claimedAtOnce = 500

// free selects what is not owner's and nobody else's either: without an owner, or with one whose lease has run out.
func (s *Store) free(db *gorm.DB, owner string) *gorm.DB {
	return db.Where("owner <> ?", owner).Where("owner = '' OR lease_until IS NULL OR lease_until <= "+s.dialect.fromNow(), 0)
}

// fresh begins a condition of its own.
func fresh(db *gorm.DB) *gorm.DB { return db.Session(&gorm.Session{NewDB: true}) }

// Renew prolongs the leases of all rows in work that belong to owner.
func (s *Store) Renew(ctx context.Context, owner string) error {
	return s.eachOf(ctx, owner, func(db *gorm.DB, seqs []int64) *gorm.DB { return s.renew(db, seqs, owner) })
}

// Release lets the leases of all rows in work that belong to owner run out at once; it stays their owner until somebody
// claims them.
func (s *Store) Release(ctx context.Context, owner string) error {
	return s.eachOf(ctx, owner, func(db *gorm.DB, seqs []int64) *gorm.DB {
		return among(db, seqs).Where("owner = ?", owner).Update("lease_until", gorm.Expr("NULL"))
	})
}

// Abandoned names the nodes with rows in work that another owner has let go of, or had at its death.
func (s *Store) Abandoned(ctx context.Context, owner string) (nodes []string, err error) {
	err = s.query(ctx, func(db *gorm.DB) error {
		return s.free(working(db.Model(&recordingRow{})), owner).Distinct().Pluck("node", &nodes).Error
	})
	return nodes, err
}

// eachOf changes all rows in work that belong to owner, a part at a time.
func (s *Store) eachOf(ctx context.Context, owner string, change func(*gorm.DB, []int64) *gorm.DB) error {
	seqs, err := s.inWork(ctx, func(db *gorm.DB) *gorm.DB { return db.Where("owner = ?", owner) })
	if err != nil {
		return err
	}
	for part := range slices.Chunk(seqs, claimedAtOnce) {
		if _, err := s.transaction().then(func(db *gorm.DB) *gorm.DB { return change(db, part) }).commit(ctx); err != nil {
			return err
		}
	}
	return nil
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
