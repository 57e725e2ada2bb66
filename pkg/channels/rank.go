package channels

// rule prefers some channels to others; it has no say about a channel for which it answers unknown.
type rule struct {
	better func(Channel) verdict
	why    string // why the others were left
}

type verdict int

const (
	unknown verdict = iota
	yes
	no
)

func known(is bool) verdict {
	if is {
		return yes
	}
	return no
}

// rules are the contract's, in their order.
var rules = []rule{
	{func(c Channel) verdict { return known(c.State.Answered()) }, "not answered, another is"},
	{func(c Channel) verdict {
		if c.Hold == HoldUnknown {
			return unknown
		}
		return known(c.Hold == HoldOff)
	}, "on hold, another is talking"},
	{func(c Channel) verdict { return known(c.Bridged) }, "alone, another is bridged"},
}

// pick applies the rules one after the other and answers with the only channel that is left. A uniqueid is a name, not
// a choice: if two nodes have it, no rule may prefer one of them.
func pick(q Query, by Match, found []Channel) (Resolution, error) {
	candidates := make([]Candidate, len(found))
	for i, c := range found {
		candidates[i] = Candidate{Channel: c, Kept: true}
	}
	if by == ByExtension {
		for _, r := range rules {
			r.apply(candidates)
		}
	}
	left := explain(candidates)
	switch {
	case !answered(left):
		return Resolution{}, &Error{Reason: NotAnswered, Query: q, By: by, Candidates: candidates}
	case len(left) > 1:
		return Resolution{}, &Error{Reason: Ambiguous, Query: q, By: by, Candidates: candidates}
	}
	return Resolution{left[0], by, candidates}, nil
}

// apply drops the channels that are known to be worse, if one is known to be better.
func (r rule) apply(candidates []Candidate) {
	better := false
	for _, c := range candidates {
		better = better || c.Kept && r.better(c.Channel) == yes
	}
	for i, c := range candidates {
		if better && c.Kept && r.better(c.Channel) == no {
			candidates[i].Kept, candidates[i].Why = false, r.why
		}
	}
}

// onlyOne is why the channel that is picked was kept.
const onlyOne = "the only one left"

// explain gives the channels that are left their reason and returns them.
func explain(candidates []Candidate) []Channel {
	var left []Channel
	for _, c := range candidates {
		if c.Kept {
			left = append(left, c.Channel)
		}
	}
	why := onlyOne
	if len(left) > 1 {
		why = "equal to another"
	}
	for i := range candidates {
		if candidates[i].Kept {
			candidates[i].Why = why
		}
	}
	return left
}

func answered(list []Channel) bool {
	for _, c := range list {
		if c.State.Answered() {
			return true
		}
	}
	return false
}
