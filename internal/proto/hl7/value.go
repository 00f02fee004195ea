package hl7

import (
	"bytes"
	"slices"
)

// coded returns component n of field no if it looks like a coded value of at
// most size bytes, and says a weird if it does not.
func (a *analyzer) coded(s *side, no uint8, n, size int) []byte {
	b, _ := s.msg.get(no)
	if len(b) == 0 {
		return nil
	}
	b = s.msg.delims.component(b, n)
	c := code(b, size)
	if len(c) == 0 && len(bytes.TrimSpace(b)) > 0 {
		a.weird(s, badValue)
	}
	return c
}

// decode decodes escapes and character set of one component. The result is valid
// until the next.
func (m *message) decode(d *delims, b []byte) []byte {
	b = trim(b)
	usual := len(b) <= maxValue && string(b) != `""`
	for _, c := range b {
		if c == d.esc && c != 0 {
			m.tmp = d.unescape(m.tmp[:0], b)
			return []byte(text(m.tmp, m.enc))
		}
		usual = usual && c >= ' ' && c < 0x7f
	}
	if usual { // printable ASCII is the same in every set
		return b
	}
	return []byte(text(b, m.enc))
}

// joined decodes a value with its components, written with ^ and & whatever the
// message used. Empty components at the end are dropped.
func (m *message) joined(b []byte) []byte {
	if string(trim(b)) == `""` {
		return nil
	}
	d := &m.delims
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
	for len(b) > 0 && (b[len(b)-1] == '^' || b[len(b)-1] == '&' || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return m.decode(&usual, b)
}

// repeated adds the repetitions of field no to list. Of a field that passed the
// bound the last repetition is cut, and dropped unless it is the only one.
func (m *message) repeated(no uint8, list []string) []string {
	b, long := m.get(no)
	if long {
		if i := bytes.LastIndexByte(b, m.delims.rep); m.delims.rep != 0 && i >= 0 {
			b = b[:i]
		}
	}
	for more := len(b) > 0; more && len(list) < maxRepeats; {
		var c []byte
		c, b, more = cut(b, m.delims.rep)
		if v := m.joined(c); len(v) > 0 {
			list = distinctBytes(list, v)
		}
	}
	return list
}

// udi joins PRT-16 to PRT-22 with | (v2.9 7.4.4). PRT-21, the donation
// identification, leads to a person and stays empty.
func (m *message) udi() string {
	var out []byte
	some := false
	for no := uint8(16); no <= 22; no++ {
		if no > 16 {
			out = append(out, '|')
		}
		b, _ := m.get(no)
		if len(b) == 0 {
			continue
		}
		first, _, _ := cut(b, m.delims.rep)
		if v := m.joined(first); len(v) > 0 {
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
