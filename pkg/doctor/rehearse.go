package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/recording"
)

func (v *visit) events(ctx context.Context) {
	err := v.ari.Listen(ctx)
	switch {
	case err == nil:
		v.ok(nodeEvents, "a websocket can be opened")
	case asterisk.StatusOf(err) == http.StatusNotFound:
		v.fault(nodeEvents, "there is no websocket for events (404): res_ari_events is not loaded", load("res_ari_events"))
	case asterisk.Full(err):
		v.fault(nodeEvents, "no websocket for events can be opened: Asterisk has no HTTP session left", moreSessions)
	default:
		v.fault(nodeEvents, "no websocket for events can be opened: "+cause(err), "let whatever is between here and Asterisk, such as a proxy, pass websockets (Upgrade) to "+v.node.URL+"/events")
	}
}

// recording rehearses one, of nobody.
func (v *visit) recording(ctx context.Context, may bool) {
	if !may {
		v.skip("needs a user who may write", nodeRecording)
		if v.node.SpoolDir != "" {
			v.skip("needs a recording", nodeSpool)
		}
		return
	}
	name := v.trial()
	err := v.ari.Rehearse(ctx, name, recording.Format(v.Config.Recording.Format))
	var failed *asterisk.RehearsalError
	switch {
	case err == nil:
		v.ok(nodeRecording, "a trial was recorded as %s, read, and deleted", v.Config.Recording.Format)
		v.spool(nil)
	case !errors.As(err, &failed):
		v.fault(nodeRecording, err.Error(), lookIntoLog)
	case failed.Stage == asterisk.StageSound && v.node.SpoolDir != "" && !errors.Is(err, asterisk.ErrNoWAV):
		v.ok(nodeRecording, "a trial was recorded as %s, and deleted", v.Config.Recording.Format)
		v.spool(failed.Err)
	case failed.Stage == asterisk.StageClear:
		v.warning(nodeRecording, "a trial was recorded, but not all of it could be deleted: "+failed.Err.Error(), "delete "+name+" from Asterisk's folder of recordings")
		v.spool(nil)
	default:
		v.unrecorded(failed)
		if v.node.SpoolDir != "" {
			v.skip("needs a recording", nodeSpool)
		}
	}
}

// unrecorded says why the trial was not recorded.
func (v *visit) unrecorded(failed *asterisk.RehearsalError) {
	status, words := asterisk.StatusOf(failed.Err), asterisk.WordsOf(failed.Err)
	folder := "/var/spool/asterisk/recording"
	if v.node.SpoolDir != "" {
		folder = v.node.SpoolDir
	}
	makeIt := fmt.Sprintf("on Asterisk's machine: install -d -o asterisk -g asterisk -m 0755 %s (below astspooldir of asterisk.conf)", folder)
	switch {
	case errors.Is(failed, asterisk.ErrNoRecordings):
		v.fault(nodeRecording, "no trial is recorded, since it could not be deleted: res_ari_recordings is not loaded", load("res_ari_recordings"))
	case failed.Stage == asterisk.StageBridge && status == http.StatusNotFound:
		v.fault(nodeRecording, "no trial can be recorded: res_ari_bridges is not loaded", load("res_ari_bridges"))
	case failed.Stage == asterisk.StageRecord && words == "Failed to create recording channel":
		v.fault(nodeRecording, "no trial can be recorded without chan_bridge_media, which calls do not need: whether Asterisk can write is not known", load("chan_bridge_media")+"; then look again")
	case failed.Stage == asterisk.StageRecord && status == http.StatusUnprocessableEntity:
		v.fault(nodeRecording, "Asterisk does not know the format "+v.Config.Recording.Format, load("format_wav"))
	case failed.Stage == asterisk.StageRecord && status == http.StatusInternalServerError:
		v.fault(nodeRecording, "Asterisk cannot record (500): its folder of recordings is missing", makeIt)
	case errors.Is(failed, asterisk.ErrNoFile):
		v.fault(nodeRecording, "Asterisk says that it records, but there is no file: it may not write into its folder of recordings", makeIt+"; and look at the room there: df "+folder)
	case errors.Is(failed, asterisk.ErrNoWAV):
		v.fault(nodeRecording, "Asterisk makes a file, but writes nothing into it: its disk is full", "make room on Asterisk's machine: df "+folder)
	default:
		v.fault(nodeRecording, "no trial can be recorded: "+failed.Error(), lookIntoLog)
	}
}

// spool tells whether Asterisk's folder is seen here, if it is to be.
func (v *visit) spool(err error) {
	folder := v.node.SpoolDir
	share := "mount the folder recording below Asterisk's astspooldir here, or leave " + v.key("spool_dir") + " empty: audio is fetched over ARI then"
	switch {
	case folder == "":
	case err == nil:
		v.ok(nodeSpool, "%s shows what Asterisk records", folder)
	case errors.Is(err, fs.ErrPermission):
		v.fault(nodeSpool, folder+" cannot be read by this user", "let the service's user read it: usermod -aG asterisk SERVICE_USER, chmod g+rx "+folder+"; or leave "+v.key("spool_dir")+" empty")
	case errors.Is(err, recording.ErrNoSuchStored):
		v.fault(nodeSpool, folder+" is not the folder into which Asterisk records: what it has just recorded is not there", "correct "+v.key("spool_dir")+"; "+share)
	case errors.Is(err, fs.ErrNotExist):
		v.fault(nodeSpool, folder+" does not exist here", "correct "+v.key("spool_dir")+"; "+share)
	default:
		v.fault(nodeSpool, folder+" cannot be used: "+err.Error(), share)
	}
}
