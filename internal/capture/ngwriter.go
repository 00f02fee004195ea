package capture

import (
	"encoding/binary"
	"fmt"
	"io"

	"lazaret/internal/event"
)

// NGWriter writes one section of pcapng, little-endian, with times in nanoseconds and an
// interface for each link type, as it comes. It does not buffer.
type NGWriter struct {
	w     io.Writer
	links []LinkType // of the interfaces
	block []byte
}

// Options of a section that are written: a comment, and who wrote it
// (draft-ietf-opsawg-pcapng §3.5, §4.1).
const (
	optComment     = 1
	optApplication = 4
)

// NewNGWriter writes the head of the section (draft-ietf-opsawg-pcapng §4.1). Comment and
// application are cut at 60,000 bytes.
func NewNGWriter(w io.Writer, comment, application string) (*NGWriter, error) {
	p := &NGWriter{w: w}
	p.begin(blockSection)
	p.block = binary.LittleEndian.AppendUint32(p.block, orderMark)
	p.block = append(p.block, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	p.option(optComment, []byte(comment[:min(len(comment), 60_000)]))
	p.option(optApplication, []byte(application[:min(len(application), 60_000)]))
	p.option(optEnd, nil)
	return p, p.end()
}

func (p *NGWriter) begin(kind uint32) {
	p.block = binary.LittleEndian.AppendUint32(p.block[:0], kind)
	p.block = append(p.block, 0, 0, 0, 0)
}

// option appends an option; one without a value is left out, but for the end.
func (p *NGWriter) option(code uint16, v []byte) {
	if len(v) == 0 && code != optEnd {
		return
	}
	p.block = binary.LittleEndian.AppendUint16(p.block, code)
	p.block = binary.LittleEndian.AppendUint16(p.block, uint16(len(v)))
	p.pad(v)
}

func (p *NGWriter) pad(v []byte) {
	p.block = append(p.block, v...)
	for n := len(v); n%4 != 0; n++ {
		p.block = append(p.block, 0)
	}
}

func (p *NGWriter) end() error {
	size := uint32(len(p.block) + 4)
	p.block = binary.LittleEndian.AppendUint32(p.block, size)
	binary.LittleEndian.PutUint32(p.block[4:], size)
	_, err := p.w.Write(p.block)
	return err
}

// port is the number of the interface of a link type, which is written at its first use.
func (p *NGWriter) port(link LinkType) (uint32, error) {
	for i, l := range p.links {
		if l == link {
			return uint32(i), nil
		}
	}
	p.links = append(p.links, link)
	p.begin(blockInterface)
	p.block = binary.LittleEndian.AppendUint16(p.block, uint16(link))
	p.block = append(p.block, 0, 0, 0, 0, 0, 0) // no snap length
	p.option(ifTSResol, []byte{9})
	p.option(optEnd, nil)
	return uint32(len(p.links) - 1), p.end()
}

// Write appends a frame of length wire, of which data was captured. A time before 1970 is
// an error.
func (p *NGWriter) Write(t event.Time, link LinkType, data []byte, wire int) error {
	if t < 0 {
		return fmt.Errorf("time %d is before 1970", t)
	}
	if wire < len(data) || len(data) > 1<<30 || wire > 1<<31-1 {
		return fmt.Errorf("length %d on the wire of a frame of %d bytes", wire, len(data))
	}
	n, err := p.port(link)
	if err != nil {
		return err
	}
	p.begin(blockEnhanced)
	for _, v := range [...]uint32{n, uint32(t >> 32), uint32(t), uint32(len(data)), uint32(wire)} {
		p.block = binary.LittleEndian.AppendUint32(p.block, v)
	}
	p.pad(data)
	return p.end()
}
