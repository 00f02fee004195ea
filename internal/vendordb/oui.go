package vendordb

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Bounds of the unpacked table of assignments.
const (
	maxOUIText  = 8 << 20
	maxOUILines = math.MaxUint16
)

// Hint is what an Ethernet address, or the name of an organisation, suggests of
// a machine. It is weak evidence: network cards are bought, and outlive the
// machines around them.
type Hint struct {
	Maker Maker
	Kind  Kind
}

// ouiBlock holds the assignments of one size, sorted by prefix.
type ouiBlock struct {
	prefix []uint64
	org    []uint16 // index into ouiTable.orgs
}

func (b *ouiBlock) find(prefix uint64) (uint16, bool) {
	i, ok := slices.BinarySearch(b.prefix, prefix)
	if !ok {
		return 0, false
	}
	return b.org[i], true
}

// ouiTable is oui.csv.gz: MA-L (24 bits), MA-M (28) and MA-S (36).
type ouiTable struct {
	large, medium, small ouiBlock
	// names is the text of all organisations; offset[i] and offset[i+1] are
	// the borders of the i-th.
	names  string
	offset []uint32
	// unassigned marks lines under which the registry itself stands: their
	// addresses belong to owners of smaller blocks.
	unassigned map[uint16]bool
	err        error
}

var ouis = sync.OnceValue(loadOUIs)

func loadOUIs() *ouiTable {
	t := &ouiTable{unassigned: map[uint16]bool{}}
	b, err := files.ReadFile("data/oui.csv.gz")
	if err == nil {
		err = t.unpack(b)
	}
	if err != nil {
		t.err = fmt.Errorf("oui.csv.gz: %w", err)
	}
	return t
}

// unpack reads lines of an organisation and its prefixes, in hexadecimal:
// "27C00A 27C00B4,Name of the organisation".
func (t *ouiTable) unpack(packed []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	var text, names strings.Builder
	text.Grow(len(packed) * 5 / 2)
	n, err := io.Copy(&text, io.LimitReader(z, maxOUIText+1))
	if err != nil {
		return err
	}
	if n > maxOUIText {
		return fmt.Errorf("unpacks to more than %d bytes", maxOUIText)
	}
	var pairs [3][]ouiPair
	line := 0
	for l := range strings.Lines(text.String()) {
		line++
		l = strings.TrimSuffix(l, "\n")
		if strings.HasPrefix(l, "#") {
			continue
		}
		prefixes, org, ok := strings.Cut(l, ",")
		if !ok || org == "" {
			return fmt.Errorf("line %d: no organisation", line)
		}
		if len(t.offset) == maxOUILines {
			return fmt.Errorf("line %d: more than %d organisations", line, maxOUILines)
		}
		if err := readPrefixes(&pairs, prefixes, uint16(len(t.offset))); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if org == "IEEE Registration Authority" || org == "Private" {
			t.unassigned[uint16(len(t.offset))] = true
		}
		t.offset = append(t.offset, uint32(names.Len()))
		names.WriteString(org)
	}
	// A copy, because the builder keeps more than it holds.
	t.names = strings.Clone(names.String())
	t.offset = append(slices.Clip(t.offset), uint32(len(t.names)))
	var errs []error
	for i, b := range []*ouiBlock{&t.large, &t.medium, &t.small} {
		errs = append(errs, b.fill(pairs[i]))
	}
	return errors.Join(errs...)
}

// ouiPair is one assignment while the table is being read.
type ouiPair struct {
	prefix uint64
	org    uint16
}

// readPrefixes enters the prefixes of one line by size: 6, 7 or 9 digits.
func readPrefixes(pairs *[3][]ouiPair, prefixes string, org uint16) error {
	for p := range strings.SplitSeq(prefixes, " ") {
		i := 0
		switch len(p) {
		case 6:
		case 7:
			i = 1
		case 9:
			i = 2
		default:
			return fmt.Errorf("bad prefix %q", p)
		}
		v, err := strconv.ParseUint(p, 16, 64)
		if err != nil {
			return fmt.Errorf("bad prefix %q", p)
		}
		pairs[i] = append(pairs[i], ouiPair{prefix: v, org: org})
	}
	return nil
}

func (b *ouiBlock) fill(pairs []ouiPair) error {
	slices.SortFunc(pairs, func(x, y ouiPair) int { return cmp.Compare(x.prefix, y.prefix) })
	b.prefix = make([]uint64, len(pairs))
	b.org = make([]uint16, len(pairs))
	for i, p := range pairs {
		if i > 0 && p.prefix == pairs[i-1].prefix {
			return fmt.Errorf("prefix %X stands twice", p.prefix)
		}
		b.prefix[i], b.org[i] = p.prefix, p.org
	}
	return nil
}

// OUI returns the organisation to which the IEEE assigned the block of mac, as
// the registry writes it. Group addresses, locally administered addresses and
// blocks of which the registry does not name the owner have none.
func OUI(mac [6]byte) (org string, ok bool) {
	if mac[0]&0x03 != 0 {
		return "", false
	}
	t := ouis()
	v := uint64(mac[0])<<40 | uint64(mac[1])<<32 | uint64(mac[2])<<24 |
		uint64(mac[3])<<16 | uint64(mac[4])<<8 | uint64(mac[5])
	i, ok := t.small.find(v >> 12)
	if !ok {
		i, ok = t.medium.find(v >> 20)
	}
	if !ok {
		i, ok = t.large.find(v >> 24)
	}
	if !ok || t.unassigned[i] {
		return "", false
	}
	return t.names[t.offset[i]:t.offset[i+1]], true
}

// orgTable is orgs.csv.
type orgTable struct {
	names *matcher[Hint]
	lines int
	err   error
}

var orgs = sync.OnceValue(loadOrgs)

func loadOrgs() *orgTable {
	t := &orgTable{}
	m := makers()
	t.names, t.lines, t.err = loadMatcher("orgs.csv", []string{"match", "text", "maker", "kind", "source"},
		func(r row) (Hint, error) {
			maker, err := m.maker(r, r.fields[2])
			return Hint{Maker: maker, Kind: Kind(r.fields[3])}, errors.Join(err, r.oneOf("kind", r.fields[3], kinds))
		})
	return t
}

// OrgHint returns the maker and the kind of machine that an organisation's name
// in the IEEE registry suggests.
func OrgHint(org string) (Hint, bool) { return orgs().names.find(org) }

// MACHint is OrgHint of OUI.
func MACHint(mac [6]byte) (Hint, bool) {
	org, ok := OUI(mac)
	if !ok {
		return Hint{}, false
	}
	return OrgHint(org)
}
