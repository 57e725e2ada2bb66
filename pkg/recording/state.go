package recording

// State is where a recording stands.
type State string

// The states, in their order; failed may follow any but available.
const (
	Starting  State = "starting"  // a row, not yet proven to record
	Active    State = "recording" // Asterisk records and the file is there
	Paused    State = "paused"
	Stopping  State = "stopping"  // somebody asked for the end; the file is not closed yet
	Archiving State = "archiving" // the file is closed; its way to the archive is under way
	Available State = "available" // proven and in the archive
	Failed    State = "failed"    // there is no audio; Failure says why
)

// next lists where each state may go. An end may overtake everything before archiving.
var next = map[State][]State{
	Starting:  {Active, Stopping, Archiving, Failed},
	Active:    {Paused, Stopping, Archiving, Failed},
	Paused:    {Active, Stopping, Archiving, Failed},
	Stopping:  {Archiving, Failed},
	Archiving: {Available, Failed},
}

// CanBecome tells whether the step from s to to exists.
func (s State) CanBecome(to State) bool {
	for _, state := range next[s] {
		if state == to {
			return true
		}
	}
	return false
}

// Running tells whether the recording occupies its channel: no second one may start.
func (s State) Running() bool {
	return s == Starting || s == Active || s == Paused || s == Stopping
}

// InWork tells whether somebody still has to do something: such rows have an owner and a lease.
func (s State) InWork() bool { return s.Running() || s == Archiving }

// States are all states, in order.
func States() []State {
	return []State{Starting, Active, Paused, Stopping, Archiving, Available, Failed}
}
