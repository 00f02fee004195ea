package intel

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"strings"

	"lazaret/internal/detect"
)

// Set are the indicators in force. It never changes after Load, and any number of
// engines may look into it at once.
//
// Each indicator is an entry of bytes in chunks that are never copied: a head and the
// value itself, against which a hit is verified. A table with open addressing leads
// to the first entry of a value by 64 bits of a keyed hash, one key a kind, and entries of the
// same value are linked. Before the table a filter of 16 bits an entry answers nearly
// all that is not there without leaving the cache.
type Set struct {
	lists      []List
	chunks     [][]byte
	texts      [][]byte
	recent     []uint32 // places of texts, by hash: equal texts are kept once
	conditions [][]term
	table      []uint64 // hash's upper half, place + 1; 0 for none
	filter     []uint64
	seeds      [kinds + 1]maphash.Seed // one a kind, and one for hosts of URLs
	count      [kinds]int
	labels     [128]bool // how many labels domains have
	lengths    [129]bool // how long networks are
	nets       [1 << 10]uint64
	used       int
}

// Where things are in the head of an entry.
const (
	atKind       = 0
	atSeverity   = 1
	atConfidence = 2  // 255 if it is not said
	atList       = 4  // 4 bytes, like all that follow
	atNext       = 8  // place + 1 of the next entry of the same value
	atText       = 12 // place + 1
	atFrom       = 16 // epoch seconds
	atUntil      = 20
	atConditions = 24 // number + 1
	atHost       = 28 // of URLs: place + 1 of the next of the same host
	atLength     = 32 // 2 bytes
	headSize     = 34
)

const (
	maxValue  = 2048    // bytes of an indicator
	maxArena  = 1 << 30 // bytes of entries, and of texts
	chunkSize = 1 << 20
	recents   = 1 << 16
	hostKind  = kinds // the seed for hosts of URLs
	noSay     = 255
)

func newSet() *Set {
	s := &Set{recent: make([]uint32, recents)}
	for i := range s.seeds {
		s.seeds[i] = maphash.MakeSeed()
	}
	return s
}

// Len is the number of indicators in force.
func (s *Set) Len() int { return s.used }

// Count is the number of indicators of a kind.
func (s *Set) Count(k Kind) int {
	if k >= kinds {
		return 0
	}
	return s.count[k]
}

// Lists are what was read. The caller must not change them.
func (s *Set) Lists() []List { return s.lists }

// room finds place for n bytes, at most chunkSize.
func room(chunks *[][]byte, n int) (at uint32, ok bool) {
	last := len(*chunks) - 1
	if last < 0 || len((*chunks)[last])+n > chunkSize {
		if len(*chunks) >= maxArena/chunkSize {
			return 0, false
		}
		*chunks = append(*chunks, make([]byte, 0, chunkSize))
		last++
	}
	c := &(*chunks)[last]
	at = uint32(last*chunkSize + len(*c))
	*c = (*c)[:len(*c)+n]
	return at, true
}

// entry is the bytes from a place on.
func (s *Set) entry(at uint32) []byte { return s.chunks[at/chunkSize][at%chunkSize:] }

func get(e []byte, at int) uint32    { return binary.LittleEndian.Uint32(e[at:]) }
func set(e []byte, at int, v uint32) { binary.LittleEndian.PutUint32(e[at:], v) }
func valueOf(e []byte) []byte {
	return e[headSize : headSize+int(binary.LittleEndian.Uint16(e[atLength:]))]
}
func (s *Set) text(at uint32) []byte        { return tail(s.texts[at/chunkSize][at%chunkSize:]) }
func tail(b []byte) []byte                  { return b[2 : 2+int(binary.LittleEndian.Uint16(b))] }
func seconds(t int64) uint32                { return uint32(min(max(t, 0), 1<<32-1)) }
func (s *Set) hash(k Kind, b []byte) uint64 { return maphash.Bytes(s.seeds[k], b) }

type fate uint8

const (
	kept fate = iota
	repeated
	full
)

// put keeps an indicator; that it was there already is seen at the end.
func (s *Set) put(list uint32, m meta, t term, conditions []term) fate {
	text, ok := s.keepText(m)
	if !ok {
		return full
	}
	at, ok := room(&s.chunks, headSize+len(t.value))
	if !ok {
		return full
	}
	e := s.entry(at)
	e[atKind], e[atSeverity], e[atConfidence] = byte(t.kind), byte(m.severity), noSay
	if m.confidence >= 0 {
		e[atConfidence] = byte(min(m.confidence, 100))
	}
	set(e, atList, list)
	set(e, atText, text)
	set(e, atFrom, seconds(m.from))
	set(e, atUntil, seconds(m.until))
	if len(conditions) > 0 {
		s.conditions = append(s.conditions, conditions)
		set(e, atConditions, uint32(len(s.conditions)))
	}
	binary.LittleEndian.PutUint16(e[atLength:], uint16(len(t.value)))
	copy(e[headSize:], t.value)
	s.used++
	return kept
}

// apart stands between the parts of a text.
const apart = "\x1f"

// keepText gives the place + 1 of the words of an indicator, 0 for none.
func (s *Set) keepText(m meta) (uint32, bool) {
	if m.name == "" && m.comment == "" && m.labels == "" && m.origin == "" {
		return 0, true
	}
	t := strings.Join([]string{m.name, m.comment, m.labels, m.origin}, apart)
	slot := &s.recent[maphash.String(s.seeds[None], t)%recents]
	if *slot != 0 && string(s.text(*slot-1)) == t {
		return *slot, true
	}
	at, ok := room(&s.texts, 2+len(t))
	if !ok {
		return 0, false
	}
	b := s.texts[at/chunkSize][at%chunkSize:]
	binary.LittleEndian.PutUint16(b, uint16(len(t)))
	copy(b[2:], t)
	*slot = at + 1
	return at + 1, true
}

// finish builds filter and table.
func (s *Set) finish() {
	s.recent = nil
	n := s.used
	s.eachEntry(func(_ uint32, e []byte) {
		if Kind(e[atKind]) == URL {
			n++ // its host
		}
	})
	size := 1 << bits.Len(uint(n+n/2))
	s.table = make([]uint64, size)
	s.filter = make([]uint64, max(size/8, 1))
	s.eachEntry(func(at uint32, e []byte) {
		k, v := Kind(e[atKind]), valueOf(e)
		if s.link(at, e, k, v, atNext) == repeated {
			s.used--
			s.lists[get(e, atList)].Loaded--
			s.lists[get(e, atList)].Repeated++
			return
		}
		s.count[k]++
		switch k {
		case Domain:
			s.labels[1+strings.Count(string(v), ".")] = true
		case Network:
			s.mark(v)
		case URL:
			s.link(at, e, hostKind, hostOf(v), atHost)
		}
	})
}

// hostOf is the host of a URL with its port.
func hostOf(url []byte) []byte {
	for i, c := range url {
		if c == '/' {
			return url[:i]
		}
	}
	return url
}

// eachEntry goes through the entries in the order in which they came.
func (s *Set) eachEntry(f func(at uint32, e []byte)) {
	for i, c := range s.chunks {
		for p := 0; p < len(c); {
			e := c[p:]
			f(uint32(i*chunkSize+p), e)
			p += headSize + len(valueOf(e))
		}
	}
}

// link leads from the table to an entry, before others of the same value.
func (s *Set) link(at uint32, e []byte, k Kind, key []byte, next int) fate {
	h := s.hash(k, key)
	mask := uint32(len(s.table) - 1)
	for i := uint32(h>>32) & mask; ; i = (i + 1) & mask {
		slot := s.table[i]
		if slot == 0 {
			s.table[i] = h>>32<<32 | uint64(at+1)
			bit := h & uint64(len(s.filter)*64-1)
			s.filter[bit/64] |= 1 << (bit % 64)
			return kept
		}
		if slot>>32 != h>>32 || !s.holds(uint32(slot)-1, k, key) {
			continue
		}
		if k != hostKind && s.known(uint32(slot), e) {
			return repeated
		}
		set(e, next, uint32(slot))
		s.table[i] = h>>32<<32 | uint64(at+1)
		return kept
	}
}

// known says whether an entry says what one of a chain says already. Chains are of
// one value; of a long one only the newest are looked at.
func (s *Set) known(first uint32, e []byte) bool {
	for at, n := first, 0; at != 0 && n < maxChain; n++ {
		o := s.entry(at - 1)
		if get(o, atList) == get(e, atList) && get(o, atConditions) == 0 && get(e, atConditions) == 0 &&
			o[atSeverity] == e[atSeverity] && get(o, atUntil) == get(e, atUntil) {
			return true
		}
		at = get(o, atNext)
	}
	return false
}

// maxChain is how many entries of one value, or URLs of one host, are looked at.
const maxChain = 256

// holds verifies an entry against a key.
func (s *Set) holds(at uint32, k Kind, key []byte) bool {
	e := s.entry(at)
	if k == hostKind {
		return Kind(e[atKind]) == URL && string(hostOf(valueOf(e))) == string(key)
	}
	return Kind(e[atKind]) == k && string(valueOf(e)) == string(key)
}

// find is the place + 1 of the first entry of a value, 0 if there is none.
func (s *Set) find(k Kind, key []byte) uint32 {
	h := s.hash(k, key)
	bit := h & uint64(len(s.filter)*64-1)
	if s.filter[bit/64]&(1<<(bit%64)) == 0 {
		return 0
	}
	mask := uint32(len(s.table) - 1)
	for i := uint32(h>>32) & mask; ; i = (i + 1) & mask {
		slot := s.table[i]
		if slot == 0 {
			return 0
		}
		if slot>>32 == h>>32 && s.holds(uint32(slot)-1, k, key) {
			return uint32(slot)
		}
	}
}

// Networks: nets has a bit for each IPv4 /16 that a network touches, and lengths says
// which lengths there are. Only where the bit is set are they tried, longest first.

// mark notes a network: 16 bytes of address and its length in bits of IPv6.
func (s *Set) mark(v []byte) {
	n := int(v[16])
	s.lengths[n] = true
	first := netBit(v)
	count := 1
	if n >= 96 && n < 112 && mapped(v) {
		count = 1 << (112 - n)
	}
	for i := range count {
		b := first + i
		s.nets[b/64] |= 1 << (b % 64)
	}
}

// netBit is the bit of an address: its first 16 bits, or of IPv6 a mix of its first
// 24, which all networks taken have in full.
func netBit(ip []byte) int {
	if mapped(ip) {
		return int(binary.BigEndian.Uint16(ip[12:]))
	}
	x := uint32(ip[0])<<16 | uint32(ip[1])<<8 | uint32(ip[2])
	return int(x * 2654435761 >> 16)
}

func mapped(ip []byte) bool {
	return binary.BigEndian.Uint64(ip) == 0 && binary.BigEndian.Uint32(ip[8:]) == 0xffff
}

// findNetwork is the place + 1 of the narrowest network with an address, of those that
// lie above a length; it gives the length too.
func (s *Set) findNetwork(ip [16]byte, below int) (uint32, int) {
	b := netBit(ip[:])
	if s.nets[b/64]&(1<<(b%64)) == 0 {
		return 0, 0
	}
	least := minBits6
	if mapped(ip[:]) {
		least = 96 + minBits4
	}
	var key [17]byte
	copy(key[:], ip[:])
	for n := 127; n >= least; n-- {
		key[n/8] &^= 0x80 >> (n % 8)
		if !s.lengths[n] || n >= below {
			continue
		}
		key[16] = byte(n)
		if at := s.find(Network, key[:]); at != 0 {
			return at, n
		}
	}
	return 0, 0
}

// severityOf is what a list says of an entry, None if nothing.
func severityOf(e []byte) detect.Severity { return detect.Severity(e[atSeverity]) }
