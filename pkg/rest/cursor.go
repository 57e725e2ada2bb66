package rest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"

	"ari-recorder/pkg/recording"
)

// A cursor is opaque to clients: base64url of a version, a position (microseconds since 1970, Seq) and a digest of both
// with the list and its filters. The digest is no secret; it tells a cursor from elsewhere from one that belongs here.
const (
	cursorVersion = 1
	positionSize  = 1 + 8 + 8
	digestSize    = 12
	cursorSize    = positionSize + digestSize
)

var cursorText = base64.RawURLEncoding.Strict()

// formatCursor names the place behind p in the list with the filters.
func formatCursor(list, filters string, p recording.Position) string {
	out := make([]byte, 0, cursorSize)
	out = append(out, cursorVersion)
	out = binary.BigEndian.AppendUint64(out, uint64(p.At.UnixMicro()))
	out = binary.BigEndian.AppendUint64(out, uint64(p.Seq))
	return cursorText.EncodeToString(append(out, cursorDigest(list, filters, out)...))
}

// parseCursor reads a cursor of that list and those filters back.
func parseCursor(list, filters, text string) (recording.Position, error) {
	var none recording.Position
	if len(text) != cursorText.EncodedLen(cursorSize) {
		return none, invalid("cursor is none of ours: take next_cursor as it is")
	}
	in, err := cursorText.DecodeString(text)
	if err != nil || len(in) != cursorSize || in[0] != cursorVersion { // line breaks count in the text, but not in what it says
		return none, invalid("cursor is none of ours: take next_cursor as it is")
	}
	place, digest := in[:positionSize], in[positionSize:]
	if subtle.ConstantTimeCompare(digest, cursorDigest(list, filters, place)) != 1 {
		return none, invalid("cursor belongs to another list or to other filters: repeat the filters of the page that it came with")
	}
	p := recording.Position{
		At:  time.UnixMicro(int64(binary.BigEndian.Uint64(place[1:]))).UTC(),
		Seq: int64(binary.BigEndian.Uint64(place[9:])),
	}
	if p.Seq < 1 || !inCalendar(p.At) { // anybody can make a digest
		return none, invalid("cursor is none of ours: take next_cursor as it is")
	}
	return p, nil
}

func cursorDigest(list, filters string, place []byte) []byte {
	sum := sha256.Sum256([]byte(list + "\n" + filters + "\n" + string(place)))
	return sum[:digestSize]
}
