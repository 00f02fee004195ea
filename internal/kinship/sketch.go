package kinship

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"lazaret/internal/pe"
)

// Limits of a sketch.
const (
	maxChunks   = 64 // of a sketch; more make the chunks larger
	baseLevel   = 6  // a border every 64 bytes, on average
	memory      = 64 // bytes that the rolling hash depends on
	maxSections = 16
	keptLevels  = 4 // by which two sketches may differ and still be found
)

// chunk is a stretch of content between two borders, or a hole.
type chunk struct {
	hash   uint64 // of its pieces; 0 is a hole
	pieces uint32 // smallest chunks in it
	weight uint32 // how much it tells: distinct bytes of its pieces, added up
	size   uint32 // bytes
	level  uint8  // of the border behind it
}

// Sketch is what is remembered of a file to find its kin: at most 64 chunks and 16
// sections, less than three kilobytes. It is never changed after it was made.
type Sketch struct {
	chunks []chunk
	level  uint8 // the least border that is kept
	weight uint32
	holes  bool
	sum    [sha256.Size]byte // of the content, of the chunks if that is not known
	given  bool              // the sum is that of the content
	// imports is the import hash, 0 without one.
	imports  uint64
	sections []section
	bulk     uint32 // of all sections
}

type section struct {
	hash uint64
	bulk uint32 // bytes that tell something: raw bytes by their entropy
}

// Bytes is about how much memory the sketch takes.
func (s *Sketch) Bytes() int { return 160 + 24*len(s.chunks) + 16*len(s.sections) }

// Sketcher makes a Sketch from content in order. The zero value is ready; Reset makes
// it so again. It keeps no content.
type Sketcher struct {
	roll   uint64 // the rolling hash of the last 64 bytes
	warm   int    // bytes until it can be trusted, after a hole
	piece  uint64 // hash of the piece under way
	last   uint64 // of the piece before
	stamp  uint32 // marks the bytes of this piece
	marks  [256]uint32
	fresh  uint32 // distinct bytes of this piece
	size   uint32 // bytes of this piece
	torn   bool   // the chunk under way began in a hole
	now    chunk
	chunks [maxChunks + 1]chunk
	n      int
	level  uint8
}

// Reset makes the sketcher new.
func (k *Sketcher) Reset() { *k = Sketcher{} }

// gear gives a byte its 64 bits in the rolling hash. A run of one byte must not make
// borders for ever; a test holds that none does.
var gear = makeGear()

func makeGear() (g [256]uint64) {
	x := uint64(0x1a2a7e7)
	for i := range g {
		x += 0x9e3779b97f4a7c15
		g[i] = mix(x)
	}
	return g
}

// mix is the finalizer of splitmix64: every bit depends on every bit.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	step = 0x9fb21c651e98df25 // of the hash of a piece, byte by byte
	fold = 0xa24baed4963ee407 // of the hash of a chunk, piece by piece
)

// Write takes the next bytes. It never fails and never allocates.
func (k *Sketcher) Write(b []byte) (int, error) {
	if k.level == 0 {
		k.level = baseLevel
		k.stamp = 1
	}
	if len(b) == 0 {
		return 0, nil
	}
	roll, piece, fresh := k.roll, k.piece, k.fresh
	from := 0
	for i, c := range b {
		roll = roll<<1 + gear[c]
		piece = (piece + uint64(c) + 1) * step
		if k.marks[c] != k.stamp {
			k.marks[c] = k.stamp
			fresh++
		}
		if roll>>(64-baseLevel) == 0 {
			k.fresh, k.piece = fresh, piece
			k.size += uint32(i + 1 - from)
			from = i + 1
			k.border(uint8(min(bits.LeadingZeros64(roll), 63)))
			piece, fresh = 0, 0
		}
		if k.warm > 0 {
			k.warm--
		}
	}
	k.size += uint32(len(b) - from)
	k.roll, k.piece, k.fresh = roll, piece, fresh
	return len(b), nil
}

// Skip passes over n bytes that were not seen.
func (k *Sketcher) Skip(n int64) {
	if n <= 0 {
		return
	}
	if k.level == 0 {
		k.level = baseLevel
		k.stamp = 1
	}
	k.torn, k.warm, k.roll = true, memory, 0
	k.newPiece()
	k.last = 0
	k.now = chunk{}
}

func (k *Sketcher) newPiece() {
	k.piece, k.fresh, k.size = 0, 0, 0
	k.stamp++
	if k.stamp == 0 {
		k.marks, k.stamp = [256]uint32{}, 1
	}
}

// border ends a piece, and the chunk under way if the border is high enough. A piece
// equal to the one before ends nothing and tells nothing new: a pattern that repeats
// would fill the sketch.
func (k *Sketcher) border(level uint8) {
	if k.warm > 0 { // a border that is none in the whole file
		return
	}
	h := mix(k.piece)
	again := h == k.last
	k.now.hash = k.now.hash*fold + h
	k.now.pieces++
	k.now.size += k.size
	if !again {
		k.now.weight += k.fresh
	}
	k.last = h
	k.newPiece()
	if again || level < k.level {
		return
	}
	k.end(level)
}

// end closes the chunk under way.
func (k *Sketcher) end(level uint8) {
	c := k.now
	c.level = level
	if k.torn {
		c = chunk{level: level}
	}
	k.now, k.torn = chunk{}, false
	k.chunks[k.n] = c
	k.n++
	for k.n > maxChunks {
		k.level++
		k.n = coarsen(k.chunks[:k.n], k.level)
	}
}

// coarsen joins chunks, in place, over borders lower than the level. Holes swallow what
// they join.
func coarsen(list []chunk, level uint8) int {
	n, open := 0, false
	for _, c := range list {
		if open {
			c = join(list[n-1], c)
			n--
		}
		list[n] = c
		n++
		open = c.level < level
	}
	return n
}

func join(a, b chunk) chunk {
	if a.hash == 0 || b.hash == 0 {
		return chunk{level: b.level}
	}
	return chunk{hash: a.hash*power(b.pieces) + b.hash, pieces: a.pieces + b.pieces, weight: a.weight + b.weight, size: a.size + b.size, level: b.level}
}

// power is fold to the n.
func power(n uint32) uint64 {
	p, x := uint64(1), uint64(fold)
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			p *= x
		}
		x *= x
	}
	return p
}

// Sketch ends the content. The sum is the SHA-256 of the whole file, nil if it is not
// known; it may be known though not all of the content was kept for Write. The im are
// the facts of a program, nil if it is none. The sketcher must be Reset before it is
// used again.
func (k *Sketcher) Sketch(sum []byte, im *pe.Image) *Sketch {
	if k.torn || k.piece != 0 || k.now.pieces > 0 {
		if k.piece != 0 {
			k.now.hash = k.now.hash*fold + mix(k.piece)
			k.now.pieces++
			k.now.weight += k.fresh
			k.now.size += k.size
		}
		k.end(63)
	}
	k.n = coarsen(k.chunks[:k.n], k.level)
	s := &Sketch{chunks: append([]chunk(nil), k.chunks[:k.n]...), level: k.level}
	for _, c := range s.chunks {
		s.weight += c.weight
		s.holes = s.holes || c.hash == 0
	}
	if len(sum) == sha256.Size {
		s.given = true
		copy(s.sum[:], sum)
	} else {
		s.sum = s.digest()
	}
	s.facts(im)
	return s
}

// digest stands for the content where its own hash is not known.
func (s *Sketch) digest() [sha256.Size]byte {
	b := make([]byte, 0, 9*len(s.chunks))
	for _, c := range s.chunks {
		b = append(binary.LittleEndian.AppendUint64(b, c.hash), c.level)
	}
	return sha256.Sum256(b)
}

// facts keeps the marks of a program: its imports and the sections that tell something.
func (s *Sketch) facts(im *pe.Image) {
	if im == nil {
		return
	}
	s.imports = number(im.ImportHash)
	for _, p := range im.Sections {
		if p.SHA256 == "" || len(s.sections) == maxSections {
			continue
		}
		bulk := uint32(float64(p.RawSize) / 8 * p.Entropy)
		if bulk == 0 {
			continue
		}
		s.sections = append(s.sections, section{hash: number(p.SHA256), bulk: bulk})
		s.bulk += bulk
	}
}

// number is the first eight bytes of a hash in hexadecimal, 0 if it is none.
func number(digits string) uint64 {
	if len(digits) < 16 {
		return 0
	}
	var b [8]byte
	if _, err := hex.Decode(b[:], []byte(digits[:16])); err != nil {
		return 0
	}
	return binary.BigEndian.Uint64(b[:])
}
