package hl7

import (
	"bytes"
	"slices"
)

// coded returns component n of field no if it looks like a coded value of at
// most size bytes, and says a weird if it does not.
func (a *analyzer) coded(s *side, no uint8, n, size int) []byte {
	b, _ := s.get(no)
	b = s.delims.component(b, n)
	c := code(b, size)
	if len(c) == 0 && len(bytes.TrimSpace(b)) > 0 {
		a.weird(s, badValue)
	}
	return c
}

// remember makes a string of b, or returns the last one of that slot when it is
// the same.
func (s *side) remember(slot int, b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if slot == memoFree {
		return string(b)
	}
	if s.memo[slot] != string(b) {
		s.memo[slot] = string(b)
	}
	return s.memo[slot]
}

// value decodes escapes and character set of one component.
func (a *analyzer) value(s *side, slot int, b []byte) string {
	return a.decode(s, &s.delims, slot, b)
}

func (a *analyzer) decode(s *side, d *delims, slot int, b []byte) string {
	b = trim(b)
	if d.esc != 0 && bytes.IndexByte(b, d.esc) >= 0 {
		a.tmp = d.unescape(a.tmp[:0], b)
		b = a.tmp
	} else if len(b) <= maxValue && plain(b) && string(b) != `""` {
		return s.remember(slot, b)
	}
	return text(b, s.msg.enc)
}

// plain tells whether b is printable ASCII, which is the same in every set.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// joined decodes a value with its components, written with ^ and & whatever the
// message used. Empty components at the end are dropped.
func (a *analyzer) joined(s *side, slot int, b []byte) string {
	if string(trim(b)) == `""` {
		return ""
	}
	d := &s.delims
	usual := *d
	if d.comp != '^' || d.sub != '&' && d.sub != 0 {
		b = bytes.Clone(b)
		for i, c := range b {
			switch {
			case c == d.comp && c != 0:
				b[i] = '^'
			case c == d.sub && c != 0:
				b[i] = '&'
			}
		}
		usual.comp, usual.sub = '^', '&'
	}
	return a.decode(s, &usual, slot, bytes.TrimRight(b, "^& "))
}

// repeated adds the repetitions of field no to list. Of a field that passed the
// bound the last repetition is cut, and dropped unless it is the only one.
func (a *analyzer) repeated(s *side, no uint8, list []string) []string {
	b, long := s.get(no)
	if long {
		if i := bytes.LastIndexByte(b, s.delims.rep); s.delims.rep != 0 && i >= 0 {
			b = b[:i]
		}
	}
	for more := len(b) > 0; more && len(list) < maxRepeats; {
		var c []byte
		c, b, more = cut(b, s.delims.rep)
		if v := a.joined(s, memoDevice, c); v != "" {
			list = distinct(list, v)
		}
	}
	return list
}

// udi joins PRT-16 to PRT-22 with | (v2.9 7.4.4). PRT-21, the donation
// identification, leads to a person and stays empty.
func (a *analyzer) udi(s *side) string {
	var out []byte
	some := false
	for no := uint8(16); no <= 22; no++ {
		if no > 16 {
			out = append(out, '|')
		}
		b, _ := s.get(no)
		if len(b) == 0 {
			continue
		}
		first, _, _ := cut(b, s.delims.rep)
		if v := a.joined(s, memoFree, first); v != "" {
			out, some = append(out, v...), true
		}
	}
	if !some {
		return ""
	}
	return string(bytes.TrimRight(out, "|"))
}

// distinct appends v unless it is there or the list is full.
func distinct(list []string, v string) []string {
	if len(list) >= maxRepeats || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// distinctBytes is distinct without a string for what is already there.
func distinctBytes(list []string, v []byte) []string {
	for _, l := range list {
		if l == string(v) {
			return list
		}
	}
	return distinct(list, string(v))
}

// ackCode is MSA-1 (table 0008), or other.
func ackCode(b []byte) string {
	for _, c := range [...]string{"AA", "AE", "AR", "CA", "CE", "CR"} {
		if string(b) == c {
			return c
		}
	}
	return "other"
}
