package capture

import "bytes"

// A capture is a chain: where the next record begins stands in the header of the
// one before, so a reader waits for one cache miss per frame, which costs many
// times the work done with it. The scout walks several stretches of the window
// ahead in turns, from places that look like record headers, so that their
// misses overlap. What it finds is thrown away: it only warms the cache, and a
// wrong guess costs time but changes nothing.

const (
	lanes = 8
	// reach is how far a lane looks for its first record, in bytes.
	reach = 8 << 10
	// worth is the mean record length, in bytes, from which the scout pays; of
	// shorter records the processor itself fetches the next in time.
	worth = 400
	// near is how far two neighbours may be apart in time, in seconds.
	near = 24 * 3600
)

// step enters the window of the mapping that holds the next record.
func (s *source) step() {
	in := s.in
	from := in.pos
	in.step()
	n := s.frames - s.stepped
	s.stepped = s.frames
	if n == 0 || windowSize/n < worth || in.segEnd-from < windowSize/lanes {
		return
	}
	if s.ng {
		scoutBlocks(in.buf[from:in.segEnd], s.big)
	} else if s.classic.minor > 3 {
		sec := uint32(s.head.Time / 1e9)
		scoutRecords(in.buf[from:in.segEnd], s.classic.record, sec, s.big)
	}
}

// scoutRecords touches the record headers of classic window b.
func scoutRecords(b []byte, head int, sec uint32, big bool) int {
	var at [lanes]int
	lane := len(b) / lanes
	for i := range at {
		at[i] = findRecord(b, i*lane, head, sec, big)
	}
	touched := 0
	for more := true; more; {
		more = false
		for i, p := range at {
			if p >= (i+1)*lane || p+16 > len(b) {
				continue
			}
			n := order(b[p+8:], big)
			at[i] = p + head + int(n)
			touched++
			more = true
		}
	}
	return touched
}

// findRecord is the first place from p that looks like two records in a row, or
// the end of b. The highest byte of the seconds rarely changes, so that is what
// is searched.
func findRecord(b []byte, p, head int, sec uint32, big bool) int {
	skew := 3 // from the record's start to the byte searched
	if big {
		skew = 0
	}
	for end := min(p+reach, len(b)-16); p < end; p++ {
		i := bytes.IndexByte(b[p+skew:end+skew], byte(sec>>24))
		if i < 0 {
			break
		}
		p += i
		n, ok := plausible(b[p:], sec, big)
		if !ok {
			continue
		}
		q := p + head + n
		if q+16 > len(b) {
			return p
		}
		if _, ok := plausible(b[q:], sec, big); ok {
			return p
		}
	}
	return len(b)
}

// plausible tells whether b, of at least 16 bytes, looks like the header of a
// record near the given second, and what length it claims.
func plausible(b []byte, sec uint32, big bool) (int, bool) {
	if order(b, big)-sec+near > 2*near {
		return 0, false
	}
	frac, kept, wire := order(b[4:], big), order(b[8:], big), order(b[12:], big)
	return int(kept), frac < 1e9 && kept <= wire && wire <= 1<<18
}

// scoutBlocks touches the block headers of pcapng window b.
func scoutBlocks(b []byte, big bool) int {
	var at [lanes]int
	lane := len(b) / lanes &^ 3
	for i := range at {
		at[i] = findBlock(b, i*lane, big)
	}
	touched := 0
	for more := true; more; {
		more = false
		for i, p := range at {
			if p >= (i+1)*lane || p+8 > len(b) {
				continue
			}
			n := order(b[p+4:], big)
			at[i] = p + int(max(n, minimumLen))
			touched++
			more = true
		}
	}
	return touched
}

// findBlock is the first place from p that looks like an enhanced packet block,
// or the end of b. Blocks begin at multiples of four.
func findBlock(b []byte, p int, big bool) int {
	for end := min(p+reach, len(b)-8); p < end; p += 4 {
		if order(b[p:], big) != blockEnhanced {
			continue
		}
		n := int(order(b[p+4:], big))
		if n > packetHead && n <= len(b)-p && order(b[p+n-4:], big) == uint32(n) {
			return p
		}
	}
	return len(b)
}
