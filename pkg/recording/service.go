package recording

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"ari-recorder/pkg/channels"
)

// The bounds of the contract.
const (
	startBound    = 5 * time.Second // a whole start, waiting for another start included
	stopBound     = 5 * time.Second
	storedBound   = 5 * time.Second        // how long a retrieve waits for the audio just after a call
	retrieveSlack = 2 * time.Second        // and how much longer its questions to the database may take
	fileBound     = time.Second            // how long Asterisk may take to open the file after it said that it records
	fileTick      = 10 * time.Millisecond  // how often it is asked for
	settleTime    = 100 * time.Millisecond // how long a choice among several calls is slept over
	eventGrace    = 250 * time.Millisecond // how long a refusal waits for an event that may be on its way
	hangUpGrace   = 400 * time.Millisecond // the phones know of a hang-up before Asterisk tells us: a call may seem to go on
	cleanupBound  = 3 * time.Second        // undoing a start that failed, when its own time is used up
	eraseBound    = 10 * time.Second       // removing the audio of one recording
	auditBound    = 3 * time.Second        // how long an entry of the audit trail may hold up an answer
	reconcileTick = 15 * time.Second       // an event that never came is made up for no later than this
	otherInstance = 250 * time.Millisecond // how often to look at rows that another instance moves: no event tells
)

// Options are the rules that a site sets.
type Options struct {
	Application        string // prefix of all names in Asterisk
	Instance           string // owner of the rows that this service works on
	Format             Format
	Capture            Capture                                    // empty: CaptureMixed
	Channels           int                                        // of the audio: 2 with the recorded channel left and everyone else right, else 1
	Follow             Follow                                     // empty: FollowChannel
	WorkDir            string                                     // where tracks lie while they are mixed; empty: the system's
	MaxDuration        time.Duration                              // 0: none
	MaxActive          int                                        // 0: none
	MinFree            uint64                                     // bytes that must be free for a start; 0: any
	Room               func(node string) (free uint64, err error) // bytes that are free for the audio of a node's recordings; may hang; nil: nobody knows
	RetrieveDuringCall bool                                       // hand out finished recordings while their call goes on
	Retention          time.Duration                              // how long audio is kept after its end; 0: for ever
	UndeleteWindow     time.Duration                              // how long a deleted recording can be had back
	Access             Access                                     // nil: every username is let through, but to private recordings nobody
	RenewEvery         time.Duration                              // how often leases are renewed; 0: 2 s; a fraction of the store's lease
	CensusEvery        time.Duration                              // how often Asterisk's stored recordings are looked through; 0: an hour
	CensusAfter        time.Duration                              // and how long after a node has become ready; 0: 5 s
	LifecycleEvery     time.Duration                              // how often it is looked for what is to be erased; 0: an hour
	Now                func() time.Time
	Log                *slog.Logger
	Observer           Observer // nil: nobody watches
}

// Service starts, stops, files and hands out recordings. Its methods are safe for concurrent use; Run must be running
// for ends to be noticed and files to be stored.
type Service struct {
	Options
	store    Store
	phones   Switch
	archive  Archive
	index    *channels.Index
	flights  flights
	confirms turns
	running  *runningSet
	watched  *watchedCalls
	callless idSet  // recordings whose call is not written down yet
	strays   strays // snoop channels that may be nobody's
	parties  *parties
	orphans  *orphanage
	room     room
	changes  broadcast
	plays    plays
	signals  map[string]chan Signal // by node: one that hangs holds up no other
	filing   map[string]*queue      // the same
	errands  errands
	restless *restless
	doom     *doom
	work     sync.WaitGroup // what outlives a request: what follows a start
}

// New puts a service together; nothing moves before Run.
func New(o Options, store Store, phones Switch, archive Archive, index *channels.Index) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.RenewEvery = cmp.Or(o.RenewEvery, 2*time.Second)
	o.CensusEvery = cmp.Or(o.CensusEvery, censusEvery)
	o.CensusAfter = cmp.Or(o.CensusAfter, censusAfter)
	o.LifecycleEvery = cmp.Or(o.LifecycleEvery, time.Hour)
	signals, filing := make(map[string]chan Signal), make(map[string]*queue)
	for _, node := range index.Nodes() {
		signals[node], filing[node] = make(chan Signal, 1024), newQueue(4096)
	}
	return &Service{
		Options:  o,
		store:    store,
		phones:   phones,
		archive:  archive,
		index:    index,
		confirms: make(turns, confirmsAtOnce),
		running:  newRunningSet(),
		watched:  newWatchedCalls(),
		parties:  newParties(index),
		signals:  signals,
		filing:   filing,
		restless: newRestless(),
		doom:     newDoom(),
		orphans:  newOrphanage(),
	}
}

// now is the present in UTC, cut to what the database can hold, so that what was written equals what is read.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// Get returns one recording; an unknown id is a CodeNoRecording. One whose start was answered just now is never seen in
// an earlier state than the answer said.
func (s *Service) Get(ctx context.Context, id string) (*Recording, error) {
	r, err := s.byID(ctx, id)
	if err == nil && r.State == Starting && s.flights.settled(ctx, r.Node+"/"+r.UniqueID) {
		r, err = s.byID(ctx, id)
	}
	return r, err
}

// Stats are the service's own figures for health and metrics.
type Stats struct {
	Active  int            // recordings that this instance has running
	Backlog int            // finished recordings that wait for the archive, the one being stored included
	Orphans map[string]int // recordings in Asterisk under our name that no row knows, by node
}

// Stats returns the present figures.
func (s *Service) Stats() Stats {
	backlog := 0
	for _, finished := range s.filing {
		backlog += finished.len()
	}
	return Stats{Active: s.running.len(), Backlog: backlog, Orphans: s.orphans.count(s.index.Nodes())}
}

// Full tells whether max_active is reached, so that a new start would be refused.
func (s *Service) Full() bool { return s.MaxActive > 0 && s.running.len() >= s.MaxActive }

// change reads the row, lets edit change it, and writes it back if nobody else did meanwhile, else it starts anew. An
// edit that returns no events means that there is nothing to write.
func (s *Service) change(ctx context.Context, id string, edit func(*Recording) []Event) (*Recording, error) {
	for {
		r, err := s.store.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		from := r.State
		events := edit(r)
		if len(events) == 0 {
			return r, nil
		}
		err = s.update(ctx, r, from, events...)
		if err == nil || !errors.Is(err, ErrConflict) {
			return r, err
		}
	}
}

// changeRow is change for a row that was read just now: it is read again only if somebody else has changed it since. What
// is returned is a row of its own.
func (s *Service) changeRow(ctx context.Context, row *Recording, edit func(*Recording) []Event) (*Recording, error) {
	r := row.Clone()
	events := edit(r)
	if len(events) == 0 {
		return r, nil
	}
	err := s.update(ctx, r, row.State, events...)
	if errors.Is(err, ErrConflict) {
		return s.change(ctx, row.ID, edit)
	}
	return r, err
}

// update commits r and tells everybody who waits for a change or counts them.
func (s *Service) update(ctx context.Context, r *Recording, from State, events ...Event) error {
	for i := range events {
		events[i].State = r.State
		if events[i].At.IsZero() {
			events[i].At = s.now()
		}
		if events[i].Audit != nil {
			events[i].Audit.At = s.now()
		}
	}
	if !r.State.InWork() {
		r.Owner = ""
	}
	if from.Running() && !r.State.Running() {
		s.disperse(r)
	}
	if err := s.store.Update(ctx, r, events...); err != nil {
		return err
	}
	s.told(ctx, r, from, events)
	if from != r.State {
		s.moved(r, from)
	}
	s.changes.tell()
	return nil
}

func (s *Service) moved(r *Recording, from State) {
	if !r.State.Running() {
		s.running.remove(r.ID)
		s.parties.drop(r.ID)
	}
	if s.Observer == nil {
		return
	}
	s.Observer.Moved(from, r.State)
	if r.State == Failed && r.Failure != nil {
		s.Observer.Failed(r.Failure.Code)
	}
}

// storeError turns what a Store returned into what a caller of the API gets.
func storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrStoreDown), errors.Is(err, context.DeadlineExceeded):
		return databaseDown(err)
	default:
		return &Error{Code: CodeInternal, Detail: "internal error; the log has the details", Err: err}
	}
}
