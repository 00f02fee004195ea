package dataset

import (
	"bytes"
	"compress/flate"
	"io"
)

// MaxDeflated is the most bytes of a deflated data set that are worth keeping for
// Inflate. maxInflated bounds the bytes read out of them, so that passed-over values do
// not cost without end.
const (
	MaxDeflated = 32 << 10
	maxInflated = 256 << 10
)

// Inflate reads the beginning in of a deflated data set (PS3.5 A.5: raw deflate; some
// senders add the head of zlib) and ends the reading. in and all that comes out of it
// are cleared: they may be a patient's. z keeps the decompressor for the next call; it
// may point to nil.
func (r *Reader) Inflate(s Sink, z *io.ReadCloser, in []byte) {
	raw := in
	if len(raw) >= 2 && raw[0] == 0x78 && (uint(raw[0])<<8|uint(raw[1]))%31 == 0 {
		raw = raw[2:]
	}
	if *z == nil {
		*z = flate.NewReader(nil)
	}
	if err := (*z).(flate.Resetter).Reset(bytes.NewReader(raw), nil); err != nil {
		r.fail(BadDeflate)
	}
	out := make([]byte, 4<<10)
	for read := 0; read < maxInflated && !r.done; {
		n, err := (*z).Read(out)
		read += n
		r.Feed(s, out[:n])
		if err == io.EOF {
			r.End()
			break
		}
		if err == io.ErrUnexpectedEOF && len(in) == MaxDeflated {
			break
		}
		if err != nil {
			r.fail(BadDeflate)
		}
	}
	clear(out)
	clear(in)
	r.done = true
}
