package legacy

import (
	"context"
	"fmt"
	"strings"

	"ari-recorder/pkg/recording"
)

// parameter is one of a method's parameters, as all renderings of the service show it.
type parameter struct {
	name     string // as the legacy API spells it
	required bool
	limit    int // the longest value, in characters
	doc      string
}

// method is an operation of the service, as all renderings show and call it.
type method struct {
	name       string
	doc        string
	returns    string // what the answer is
	needs      string // what the caller must be allowed to do: record or retrieve
	audio      bool   // whether the answer is audio
	parameters []parameter
	further    []parameter // what a query may hold beside these; SOAP's messages are as they always were
	call       func(context.Context, Service, arguments, recording.Actor) (*outcome, error)
}

// outcome is what a method has done, before it is rendered.
type outcome struct {
	line      string // one line for people; empty where the answer is audio
	recording *recording.Recording
	audio     *recording.Retrieved // to be closed by whoever renders it; nil where the answer is the line
}

var (
	extenOrUniqueID = parameter{"extenOrUniqueId", true, recording.MaxUniqueID, "uniqueid of a live channel, else an extension"}
	tag             = parameter{"tag", true, recording.MaxTag, "your own reference: the recording's external reference"}
	uniqueID        = parameter{"uniqueId", true, recording.MaxUniqueID, "uniqueid of the recorded channel, else linkedid of its call"}
	node            = parameter{"node", false, maxNode, "name of the Asterisk node, where several have the same extension or uniqueid"}
	username        = parameter{"username", true, recording.MaxUsername, "who wants to hear it; written to the audit trail"}
)

// maxNode is the longest name of a node, in characters.
const maxNode = 255

// methods are the whole service.
var methods = []*method{
	{
		name: "start", doc: "Records the live call.", returns: "one line naming the recording", needs: "record",
		parameters: []parameter{extenOrUniqueID, tag}, further: []parameter{node}, call: start,
	},
	{
		name: "stop", doc: "Ends the recording of the call.", returns: "one line naming the recording", needs: "record",
		parameters: []parameter{extenOrUniqueID}, further: []parameter{node}, call: stop,
	},
	{
		name: "retrieve", doc: "Hands out the newest recording with the tag.", returns: "the WAV file in BASE64",
		needs: "retrieve", audio: true,
		parameters: []parameter{tag, username}, call: retrieve,
	},
	{
		name: "retrieveByUniqueId", doc: "Hands out the newest recording of the channel or call.", returns: "the WAV file in BASE64",
		needs: "retrieve", audio: true,
		parameters: []parameter{uniqueID, username}, further: []parameter{node}, call: retrieve,
	},
}

func start(ctx context.Context, s Service, args arguments, by recording.Actor) (*outcome, error) {
	r, created, err := s.Start(ctx, recording.StartRequest{Channel: args[extenOrUniqueID.name], Tag: args[tag.name], Node: args[node.name], By: by})
	if err != nil {
		return nil, err
	}
	verb := "started"
	if !created {
		verb = "runs already"
	}
	return &outcome{line: name(r, verb), recording: r}, nil
}

func stop(ctx context.Context, s Service, args arguments, by recording.Actor) (*outcome, error) {
	r, err := s.Stop(ctx, recording.StopRequest{Channel: args[extenOrUniqueID.name], Node: args[node.name], By: by})
	if err != nil {
		return nil, err
	}
	return &outcome{line: name(r, "stopped"), recording: r}, nil
}

// retrieve serves both ways to ask for audio: the parameter that a method does not have stays empty.
func retrieve(ctx context.Context, s Service, args arguments, by recording.Actor) (*outcome, error) {
	req := recording.RetrieveRequest{
		Tag: args[tag.name], UniqueID: args[uniqueID.name], Node: args[node.name], Username: args[username.name], By: by,
	}
	found, err := s.Retrieve(ctx, req)
	if err != nil {
		return nil, err
	}
	return &outcome{recording: found.Recording, audio: found}, nil
}

// name says in a line which recording it is and what became of it. The tag stands last, since it may hold anything.
func name(r *recording.Recording, verb string) string {
	return fmt.Sprintf("recording %s %s: %s, tag %s", r.ID, verb, r.Channel, r.Tag)
}

// names joins the methods' names for people.
func names() string {
	list := make([]string, len(methods))
	for i, m := range methods {
		list[i] = m.name
	}
	return enumerate(list)
}

// methodNamed finds a method, whatever the case of its name.
func methodNamed(asked string) (*method, error) {
	for _, m := range methods {
		if strings.EqualFold(m.name, asked) {
			return m, nil
		}
	}
	return nil, malformed("there is no method " + quote(asked) + "; the methods are " + names())
}

// required names the parameters that the method cannot do without.
func (m *method) required() string {
	var list []string
	for _, p := range m.parameters {
		if p.required {
			list = append(list, p.name)
		}
	}
	return enumerate(list)
}

func enumerate(list []string) string {
	last := len(list) - 1
	if last < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}
