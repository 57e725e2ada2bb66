package app

import (
	"context"

	"ari-recorder/config"
	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// storedNames is Asterisk, as far as verify needs it.
type storedNames interface {
	StoredNames(ctx context.Context, node string, visit func(name string) error) error
}

// newPhones prepares questions to every Asterisk; no events are wanted.
func newPhones(c config.Config) (*asterisk.Switch, error) {
	options := asterisk.Options{
		Application: c.Asterisk.Application, Instance: c.Instance, Nodes: nodeOptions(c),
		Index: channels.NewIndex(), Signal: func(recording.Signal) bool { return true },
	}
	return asterisk.New(options)
}

// nodeOptions says how each Asterisk is reached.
func nodeOptions(c config.Config) (list []asterisk.NodeOptions) {
	for _, n := range c.Asterisk.Nodes {
		list = append(list, asterisk.NodeOptions{
			Name: n.Name, URL: n.URL, Username: n.Username, Password: n.Password.Reveal(),
			CAFile: n.CAFile, SpoolDir: n.SpoolDir, ExtensionPattern: n.ExtensionPattern,
		})
	}
	return list
}

// everyNode looks for what Asterisk has under our name and no row knows. A node that cannot be asked is told of, and no
// more: it may be off for good reasons.
func (v *verifier) everyNode(ctx context.Context) error {
	for _, node := range v.nodes {
		var batch []string
		failed := error(nil)
		err := v.phones.StoredNames(ctx, node, func(name string) error {
			if _, ours := recording.ParseTrackName(v.application, name); ours {
				batch = append(batch, name)
			}
			if len(batch) == verifyPage {
				failed, batch = v.unknown(ctx, node, batch), batch[:0]
			}
			return failed
		})
		switch {
		case failed != nil:
			return failed
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			err = v.report.unasked(node, err)
		default:
			err = v.unknown(ctx, node, batch)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unknown tells of those names whose recording has no row. A row is older than its files.
func (v *verifier) unknown(ctx context.Context, node string, names []string) error {
	ids := make([]string, len(names))
	for i, name := range names {
		ids[i], _ = recording.ParseTrackName(v.application, name)
	}
	known, err := v.store.States(ctx, ids)
	if err != nil {
		return err
	}
	for i, name := range names {
		if _, there := known[ids[i]]; there {
			continue
		}
		f := finding{Finding: findUnknown, Node: node, File: name, Detail: "Asterisk has this recording under our name, and no row has its id"}
		if err := v.report.add(f); err != nil {
			return err
		}
	}
	return nil
}
