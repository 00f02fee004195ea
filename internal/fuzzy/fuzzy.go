// Package fuzzy computes TLSH, a hash that is alike for files that are alike.
//
// The form is the one in common use, as the reference implementation of Trend Micro
// writes it since version 4: 128 buckets, one byte of checksum, the mark T1 and 70
// hexadecimal digits. A Digest takes bytes in any cuts and gives the same hash as for
// all of them at once. Distance is the reference's score: 0 for the same features,
// below 30 for near copies, above 100 for strangers.
//
// It refuses to hash what has too little in it: less than 50 bytes, or so uniform that
// half of the buckets stay empty. Such files have no hash, which is not the same as
// being alike. It also refuses to be proof: a TLSH can be steered by whoever writes the
// file, so it is told, and compared by people, but joins nothing by itself.
//
// Memory: a Digest is one value of about a kilobyte; it keeps the last four bytes and
// nothing of what it was given. Nothing allocates but String.
package fuzzy

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

const (
	buckets = 128 // that count; the table of Pearson fills twice as many
	window  = 5
	least   = 50 // bytes
	codes   = buckets / 4
)

// Size is the length of a Hash in bytes.
const Size = 3 + codes

// Hash is a TLSH as its hexadecimal digits say it: checksum, length and ratios with
// their halves exchanged, then the buckets from the last to the first.
type Hash [Size]byte

// ErrForm says that a text is no TLSH.
var ErrForm = errors.New("not a TLSH of 128 buckets")

// Digest collects the features of a file. The zero value is ready.
type Digest struct {
	count    [256]uint32
	size     uint64
	tail     [window - 1]byte // the last bytes, the newest first
	checksum byte
}

// Reset makes the digest new.
func (d *Digest) Reset() { *d = Digest{} }

// Write takes the next bytes. It never fails and never allocates.
func (d *Digest) Write(b []byte) (int, error) {
	t := &permutation
	c1, c2, c3, c4 := d.tail[0], d.tail[1], d.tail[2], d.tail[3]
	check := d.checksum
	i := 0
	for ; i < len(b) && d.size+uint64(i) < window-1; i++ {
		c1, c2, c3, c4 = b[i], c1, c2, c3
	}
	for _, c := range b[i:] {
		// The salts 2, 3, 5, 7, 11 and 13 and the checksum's 0, through the table.
		check = t[t[t[1^c]^c1]^check]
		d.count[t[t[t[49^c]^c1]^c2]]++
		d.count[t[t[t[12^c]^c1]^c3]]++
		d.count[t[t[t[178^c]^c2]^c3]]++
		d.count[t[t[t[166^c]^c2]^c4]]++
		d.count[t[t[t[84^c]^c1]^c4]]++
		d.count[t[t[t[230^c]^c3]^c4]]++
		c1, c2, c3, c4 = c, c1, c2, c3
	}
	d.checksum = check
	d.tail = [window - 1]byte{c1, c2, c3, c4}
	d.size += uint64(len(b))
	return len(b), nil
}

// Sum gives the hash of what was written, false if that is too short (50 bytes), too
// long (4,224,281,216) or too uniform. The digest can go on.
func (d *Digest) Sum() (Hash, bool) {
	var h Hash
	if d.size < least || d.size > lengths[len(lengths)-1] {
		return h, false
	}
	var sorted [buckets]uint32
	copy(sorted[:], d.count[:buckets])
	filled := 0
	for _, n := range sorted {
		if n > 0 {
			filled++
		}
	}
	if filled <= buckets/2 {
		return h, false
	}
	slices.Sort(sorted[:])
	q1, q2, q3 := sorted[buckets/4-1], sorted[buckets/2-1], sorted[buckets*3/4-1]
	class, _ := slices.BinarySearch(lengths[:], d.size)
	h[0] = swap(d.checksum)
	h[1] = swap(byte(class))
	h[2] = ratio(q1, q3)<<4 | ratio(q2, q3)
	for i, n := range d.count[:buckets] {
		var code byte
		switch {
		case n > q3:
			code = 3
		case n > q2:
			code = 2
		case n > q1:
			code = 1
		}
		h[Size-1-i/4] |= code << (i % 4 * 2)
	}
	return h, true
}

// ratio is a quartile as a percentage of the third, of which four bits remain. The
// reference computes it in single precision, and its counters wrap.
func ratio(q, q3 uint32) byte { return byte(uint32(float32(q*100)/float32(q3)) % 16) }

func swap(b byte) byte { return b<<4 | b>>4 }

// String is T1 and the digits.
func (h Hash) String() string { return "T1" + strings.ToUpper(hex.EncodeToString(h[:])) }

// Parse reads a hash with or without its mark, in either case.
func Parse(s string) (Hash, error) {
	var h Hash
	if len(s) == 2+2*Size && (s[:2] == "T1" || s[:2] == "t1") {
		s = s[2:]
	}
	if len(s) != 2*Size {
		return h, ErrForm
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, ErrForm
	}
	return h, nil
}

// Distance is the reference's score of two hashes, lengths included.
func (h Hash) Distance(o Hash) int {
	d := 0
	if h[0] != o[0] {
		d++
	}
	switch n := apart(swap(h[1]), swap(o[1]), 256); n {
	case 0, 1:
		d += n
	default:
		d += n * 12
	}
	d += apartRatio(h[2]>>4, o[2]>>4) + apartRatio(h[2]&15, o[2]&15)
	for i := 3; i < Size; i++ {
		for x, y, k := h[i], o[i], 0; k < 4; x, y, k = x>>2, y>>2, k+1 {
			n := int(x&3) - int(y&3)
			n = max(n, -n)
			if n == 3 {
				n = 6
			}
			d += n
		}
	}
	return d
}

func apartRatio(x, y byte) int {
	n := apart(x, y, 16)
	if n <= 1 {
		return n
	}
	return (n - 1) * 12
}

// apart is the distance on a circle.
func apart(x, y byte, circle int) int {
	n := int(x) - int(y)
	n = max(n, -n)
	return min(n, circle-n)
}
