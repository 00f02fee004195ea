package prototest

import (
	"slices"

	"lazaret/internal/proto"
)

// Inner is an inner stream that an analyzer opened, with what it wrote.
type Inner struct {
	Name   string
	About  proto.About
	Said   []Segment // Lost is set where the analyzer told of a loss
	Closed bool
}

// Write implements proto.Channel.
func (c *Inner) Write(d proto.Dir, b []byte) {
	if !c.Closed {
		c.Said = append(c.Said, Segment{Dir: d, Data: slices.Clone(b)})
	}
}

// Lost implements proto.Channel.
func (c *Inner) Lost(d proto.Dir, n int) {
	if !c.Closed {
		c.Said = append(c.Said, Segment{Dir: d, Lost: max(n, 1)})
	}
}

// Close implements proto.Channel.
func (c *Inner) Close() { c.Closed = true }

// Stored is a file that an analyzer stored.
type Stored struct {
	proto.File
	// Body is the content by offset; what did not come is zero. Files beyond
	// 64 MiB are not kept.
	Body          []byte
	Seen          int64      // bytes given to At
	Gaps, Denied  [][2]int64 // offset and length of each call of Missing and Refused
	Closed, Whole bool
}

// At implements proto.Pieces.
func (s *Stored) At(off int64, b []byte) {
	if s.Closed {
		return
	}
	if off < 0 {
		panic("prototest: a piece at a negative offset")
	}
	s.Seen += int64(len(b))
	if end := off + int64(len(b)); end <= 64<<20 {
		if n := int(end) - len(s.Body); n > 0 {
			s.Body = append(s.Body, make([]byte, n)...)
		}
		copy(s.Body[off:], b)
	}
}

// Missing implements proto.Pieces.
func (s *Stored) Missing(off, n int64) { s.Gaps = append(s.Gaps, [2]int64{off, n}) }

// Refused implements proto.Pieces.
func (s *Stored) Refused(off, n int64) { s.Denied = append(s.Denied, [2]int64{off, n}) }

// Sized implements proto.Pieces.
func (s *Stored) Sized(n int64) { s.Size = n }

// Close implements proto.Pieces.
func (s *Stored) Close(whole bool) { s.Closed, s.Whole = true, whole }

// About implements proto.Flow.
func (f *Flow) About() proto.About { return f.Known }

// Channel implements proto.Flow.
func (f *Flow) Channel(name string, about proto.About) proto.Channel {
	c := &Inner{Name: name, About: about}
	f.Channels = append(f.Channels, c)
	return c
}

// Expect implements proto.Flow.
func (f *Flow) Expect(e proto.Expectation) { f.Expected = append(f.Expected, e) }

// Shared implements proto.Flow.
func (f *Flow) Shared() any { return f.State }

// Store implements proto.Flow.
func (f *Flow) Store(file *proto.File) proto.Pieces {
	s := &Stored{File: *file}
	f.Files = append(f.Files, s)
	if !f.Take {
		return nil
	}
	return s
}
