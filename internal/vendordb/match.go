package vendordb

import "errors"

// Longest text, and most words, that a match looks at; the rest of a longer
// text is not read.
const (
	maxText  = 128
	maxWords = 24
)

// matchKinds are the values of a table's match column. exact: the whole text;
// prefix: its first words; word: some of its words, in a row. All three ignore
// case and treat every run of other characters as one space.
var matchKinds = []string{"exact", "prefix", "word"}

// matcher finds the entry of a table that a free text stands for. An exact
// entry beats a prefix, a prefix beats a word, and the longer beats the
// shorter.
type matcher[T any] struct {
	exact, prefix, word map[string]T
	// longest is the number of words of the longest entry in word.
	longest int
}

func newMatcher[T any]() *matcher[T] {
	return &matcher[T]{exact: map[string]T{}, prefix: map[string]T{}, word: map[string]T{}}
}

// folded is a text in the form in which tables are keyed: upper case, words of
// letters and digits, one space between them.
type folded struct {
	buf [maxText]byte
	n   int
	// start and end are the borders of the words in buf.
	start, end [maxWords]uint8
	words      int
}

// fold fills f from text. Bytes from 0x80 on count as letters, so that names in
// other scripts stay whole.
func (f *folded) fold(text string) {
	f.n, f.words = 0, 0
	inWord := false
	for i := 0; i < len(text) && i < maxText; i++ {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= 0x80:
		default:
			inWord = false
			continue
		}
		if !inWord {
			if f.words == maxWords || f.n+2 > maxText {
				return
			}
			if f.words > 0 {
				f.buf[f.n] = ' '
				f.n++
			}
			f.start[f.words] = uint8(f.n)
			f.words++
			inWord = true
		}
		f.buf[f.n] = c
		f.n++
		f.end[f.words-1] = uint8(f.n)
	}
}

// find returns the best entry for text.
func (m *matcher[T]) find(text string) (T, bool) {
	var f folded
	f.fold(text)
	if f.words == 0 {
		var zero T
		return zero, false
	}
	if v, ok := m.exact[string(f.buf[:f.n])]; ok {
		return v, true
	}
	for i := f.words - 1; i >= 0; i-- {
		if v, ok := m.prefix[string(f.buf[:f.end[i]])]; ok {
			return v, true
		}
	}
	for n := min(m.longest, f.words); n > 0; n-- {
		for i := 0; i+n <= f.words; i++ {
			if v, ok := m.word[string(f.buf[f.start[i]:f.end[i+n-1]])]; ok {
				return v, true
			}
		}
	}
	var zero T
	return zero, false
}

// add enters a row's text. It reports an unknown kind of match, an empty text
// and one that stands twice.
func (m *matcher[T]) add(r row, kind, text string, v T) error {
	if err := r.oneOf("match", kind, matchKinds); err != nil {
		return err
	}
	var f folded
	f.fold(text)
	if f.words == 0 {
		return r.errorf("text %q has no letter or digit", text)
	}
	in := m.exact
	switch kind {
	case "prefix":
		in = m.prefix
	case "word":
		in = m.word
		m.longest = max(m.longest, f.words)
	}
	key := string(f.buf[:f.n])
	if _, twice := in[key]; twice {
		return r.errorf("%s %q stands twice", kind, key)
	}
	in[key] = v
	return nil
}

// loadMatcher reads a table whose first two columns are match and text, and
// whose last is source. entry makes the value of a row.
func loadMatcher[T any](name string, columns []string, entry func(row) (T, error)) (*matcher[T], int, error) {
	m := newMatcher[T]()
	rows, err := readTable(name, columns...)
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] + "\x00" + r.fields[1] })}
	for _, r := range rows {
		v, err := entry(r)
		if err == nil {
			err = m.add(r, r.fields[0], r.fields[1], v)
		}
		errs = append(errs, err)
	}
	return m, len(rows), errors.Join(errs...)
}
