package recording

import "io"

// wavHeader is the length of the header of Asterisk's WAV files, in bytes; samples of 16 bits follow.
const wavHeader = 44

// levelled passes a WAV file of Asterisk's on and tells how loud it was.
type levelled struct {
	io.Reader
	peak int // the largest sample without its sign, of those that were passed on

	at  int64
	low byte
}

// Read passes on. A file may end or be cut anywhere.
func (l *levelled) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	for _, b := range p[:n] {
		switch {
		case l.at < wavHeader:
		case l.at%2 == 0:
			l.low = b
		default:
			sample := int(int16(uint16(l.low) | uint16(b)<<8)) //nolint:gosec // that is how a sample is written
			l.peak = max(l.peak, sample, -sample)
		}
		l.at++
	}
	return n, err
}
