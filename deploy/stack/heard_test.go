package stack

import (
	"fmt"
	"time"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/lab/tone"
)

// heard insists that both phones of the call that the README records, 414 and 415, are in the file, and no others.
func heard(file []byte) error {
	wav, err := tone.ReadWAV(file)
	if err != nil {
		return err
	}
	if length := time.Duration(len(wav.Channels[0])) * time.Second / time.Duration(wav.Rate); length < 2*time.Second {
		return fmt.Errorf("the recording lasts %v only", length)
	}
	for _, phone := range lab.Phones {
		speaks := phone.Extension == "414" || phone.Extension == "415"
		if tone.Heard(wav.Channels[0], wav.Rate, phone.Tone) != speaks {
			return fmt.Errorf("the voice of %s, %v Hz: in the recording should be %v", phone.Extension, phone.Tone, speaks)
		}
	}
	return nil
}
