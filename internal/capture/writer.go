package capture

import (
	"encoding/binary"
	"fmt"
	"io"

	"lazaret/internal/event"
)

// Writer writes a classic capture file, little-endian. It does not buffer.
type Writer struct {
	w    io.Writer
	unit event.Time // nanoseconds in a unit of the fraction
	head [16]byte
}

// NewWriter writes the file header (draft-ietf-opsawg-pcap §4). With nano the
// time stamps are in nanoseconds, else in microseconds.
func NewWriter(w io.Writer, link LinkType, nano bool) (*Writer, error) {
	p := &Writer{w: w, unit: 1000}
	var h [fileHeaderLen]byte
	number := uint32(magicMicro)
	if nano {
		p.unit, number = 1, magicNano
	}
	binary.LittleEndian.PutUint32(h[0:], number)
	binary.LittleEndian.PutUint16(h[4:], 2)
	binary.LittleEndian.PutUint16(h[6:], 4)
	binary.LittleEndian.PutUint32(h[16:], 256<<10)
	binary.LittleEndian.PutUint32(h[20:], uint32(link))
	_, err := w.Write(h[:])
	return p, err
}

// Write appends a frame of length wire, of which data was captured. A time
// before 1970 or after 2106 cannot be written and is an error.
func (p *Writer) Write(t event.Time, data []byte, wire int) error {
	sec, frac := t/1e9, t%1e9
	if t < 0 || sec > 1<<32-1 {
		return fmt.Errorf("time %d does not fit in a pcap record", t)
	}
	if wire < len(data) || wire > 1<<31-1 {
		return fmt.Errorf("length %d on the wire of a frame of %d bytes", wire, len(data))
	}
	h := p.head[:]
	binary.LittleEndian.PutUint32(h[0:], uint32(sec))
	binary.LittleEndian.PutUint32(h[4:], uint32(frac/p.unit))
	binary.LittleEndian.PutUint32(h[8:], uint32(len(data)))
	binary.LittleEndian.PutUint32(h[12:], uint32(wire))
	if _, err := p.w.Write(h); err != nil {
		return err
	}
	_, err := p.w.Write(data)
	return err
}
