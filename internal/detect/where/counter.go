package where

import (
	"bytes"
	"io"
)

// Counter tells on which line of what was read through it an offset lies. Offsets are
// asked for in ascending order, so that it remembers only line ends that are to come.
type Counter struct {
	r      io.Reader
	read   int64
	ends   []int64 // offsets behind line ends
	next   int     // the first of ends that was not passed yet
	passed int
}

// NewCounter reads through to r.
func NewCounter(r io.Reader) *Counter { return &Counter{r: r} }

// Read implements io.Reader.
func (c *Counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	for rest := b[:n]; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		c.ends = append(c.ends, c.read+int64(n-len(rest)))
	}
	c.read += int64(n)
	return n, err
}

// Line is that of an offset, from 1.
func (c *Counter) Line(offset int64) int {
	for c.next < len(c.ends) && c.ends[c.next] <= offset {
		c.next++
		c.passed++
	}
	if c.next > len(c.ends)/2 {
		c.ends = append(c.ends[:0], c.ends[c.next:]...)
		c.next = 0
	}
	return 1 + c.passed
}
