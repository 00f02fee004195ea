package yara

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"

	"lazaret/internal/detect/yara/measure"
)

// area gives the bytes of a range, cut at the end of the file; undefined if it does not
// begin in the file. It costs steps.
func (f *frame) area(off, n int64) ([]byte, state) {
	size := f.in.Size
	switch {
	case off < 0 || n < 0:
		return nil, undef
	case size < 0 && off+n > int64(len(f.in.Bytes)):
		return nil, unknown
	case size >= 0 && off >= size:
		return nil, undef
	case size >= 0:
		n = min(n, size-off)
	}
	b, st := f.bytes(off, n)
	if f.steps -= len(b); f.steps <= 0 {
		return nil, unknown
	}
	return b, st
}

// summed makes the two forms of a function of bytes: of a range of the file, of which
// the outcome is kept, and of a text.
func summed(kind byte, t typ, do func(b []byte) value) *member {
	return function(
		call{args: "ii", t: t, run: func(f *frame, a []value) value {
			k := sumKey{kind, a[0].i, a[1].i}
			if v, ok := f.sums[k]; ok {
				return v
			}
			b, st := f.area(a[0].i, a[1].i)
			v := value{st: st}
			if st == known {
				v = do(b)
			}
			if len(f.sums) < maxSums {
				f.sums[k] = v
			}
			return v
		}},
		call{args: "s", t: t, run: func(f *frame, a []value) value { return do([]byte(a[0].s)) }},
	)
}

func inHex(sum []byte) value { return text(hex.EncodeToString(sum)) }

// hashModule is the module of hashes ("Hash module").
var hashModule = structure(map[string]*member{
	"md5":    summed('m', tText, func(b []byte) value { s := md5.Sum(b); return inHex(s[:]) }),
	"sha1":   summed('1', tText, func(b []byte) value { s := sha1.Sum(b); return inHex(s[:]) }),
	"sha256": summed('2', tText, func(b []byte) value { s := sha256.Sum256(b); return inHex(s[:]) }),
	"crc32":  summed('c', tInt, func(b []byte) value { return integer(int64(crc32.ChecksumIEEE(b))) }),
	"checksum32": summed('s', tInt, func(b []byte) value {
		var sum uint32
		for _, c := range b {
			sum += uint32(c)
		}
		return integer(int64(sum))
	}),
})

// mathModule is the module of statistics ("Math module").
var mathModule = structure(map[string]*member{
	"MEAN_BYTES":         {t: tFloat, at: func(*frame, int) value { return number(127.5) }},
	"entropy":            summed('e', tFloat, func(b []byte) value { return number(measure.Entropy(b)) }),
	"mean":               summed('n', tFloat, func(b []byte) value { return number(measure.Mean(b)) }),
	"serial_correlation": summed('r', tFloat, func(b []byte) value { return number(measure.SerialCorrelation(b)) }),
	"monte_carlo_pi":     summed('p', tFloat, func(b []byte) value { return number(measure.MonteCarlo(b)) }),
	"deviation": function(
		call{args: "iif", t: tFloat, run: func(f *frame, a []value) value {
			b, st := f.area(a[0].i, a[1].i)
			if st != known {
				return value{st: st}
			}
			return number(measure.Deviation(b, a[2].f))
		}},
		call{args: "sf", t: tFloat, run: func(_ *frame, a []value) value { return number(measure.Deviation([]byte(a[0].s), a[1].f)) }},
	),
	"in_range": function(call{args: "fff", t: tInt, run: func(_ *frame, a []value) value { return truth(a[0].f >= a[1].f && a[0].f <= a[2].f) }}),
	"min":      function(call{args: "ii", t: tInt, run: func(_ *frame, a []value) value { return integer(int64(min(uint64(a[0].i), uint64(a[1].i)))) }}),
	"max":      function(call{args: "ii", t: tInt, run: func(_ *frame, a []value) value { return integer(int64(max(uint64(a[0].i), uint64(a[1].i)))) }}),
	"abs": function(call{args: "i", t: tInt, run: func(_ *frame, a []value) value {
		if a[0].i < 0 {
			return integer(-a[0].i)
		}
		return a[0]
	}}),
	"to_number": function(call{args: "b", t: tInt, run: func(_ *frame, a []value) value { return a[0] }}),
	"count":     counted(tInt, func(n [256]int, c int64, _ int) value { return integer(int64(n[c])) }),
	"percentage": counted(tFloat, func(n [256]int, c int64, all int) value {
		return number(float64(n[c]) / float64(all))
	}),
	"mode": function(
		call{args: "ii", t: tInt, run: func(f *frame, a []value) value { return f.mode(a[0].i, a[1].i) }},
		call{args: "", t: tInt, run: func(f *frame, _ []value) value { return f.whole(f.mode) }},
	),
})

// whole runs a function over all of the file.
func (f *frame) whole(do func(off, n int64) value) value {
	if f.in.Size < 0 {
		return value{st: unknown}
	}
	return do(0, f.in.Size)
}

// counted makes a function of how often a byte is in a range or in the file.
func counted(t typ, do func(n [256]int, c int64, all int) value) *member {
	run := func(f *frame, c, off, n int64) value {
		if c < 0 || c > 255 {
			return value{st: undef}
		}
		b, st := f.area(off, n)
		if st != known {
			return value{st: st}
		}
		return do(measure.Histogram(b), c, len(b))
	}
	return function(
		call{args: "iii", t: t, run: func(f *frame, a []value) value { return run(f, a[0].i, a[1].i, a[2].i) }},
		call{args: "i", t: t, run: func(f *frame, a []value) value {
			return f.whole(func(off, n int64) value { return run(f, a[0].i, off, n) })
		}},
	)
}

// mode is the most frequent byte of a range, the least of several.
func (f *frame) mode(off, n int64) value {
	b, st := f.area(off, n)
	if st != known {
		return value{st: st}
	}
	h, best := measure.Histogram(b), 0
	for c := range h {
		if h[c] > h[best] {
			best = c
		}
	}
	return integer(int64(best))
}
