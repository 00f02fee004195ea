package vendordb

import (
	"errors"
	"strings"
	"sync"
)

// HostName is what a host name tells that a machine gave itself. Maker and Model
// may be empty.
type HostName struct {
	Maker Maker
	Model string
	Kind  string // one of hostKinds
}

// hostKinds are the words of the column kind.
var hostKinds = []string{"printer", "phone", "camera", "ups", "storage", "smart"}

// hostPattern is one line of hostnames.csv: text before the digits of the card's
// address, in lower case, how many digits, and whether anything may follow.
type hostPattern struct {
	text   string
	digits int
	tail   bool
	card   string
	says   HostName
}

// hostTable is hostnames.csv.
type hostTable struct {
	patterns []hostPattern
	err      error
}

var hostNames = sync.OnceValue(loadHostNames)

func loadHostNames() *hostTable {
	t := &hostTable{}
	m := makers()
	rows, err := readTable("hostnames.csv", "pattern", "card", "maker", "model", "kind", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] })}
	for _, r := range rows {
		maker, err := m.optional(r, r.fields[2])
		p := hostPattern{text: strings.ToLower(r.fields[0]), card: r.fields[1], says: HostName{maker, r.fields[3], r.fields[4]}}
		p.text, p.tail = strings.CutSuffix(p.text, "*")
		for part, n := range map[string]int{"{mac}": 12, "{mac6}": 6, "{mac4}": 4} {
			if text, ok := strings.CutSuffix(p.text, part); ok {
				p.text, p.digits = text, n
			}
		}
		if p.text == "" || strings.ContainsAny(p.text, "{}*") || p.digits == 0 && p.card == "" || p.digits > 0 && p.tail {
			err = errors.Join(err, r.errorf("pattern %q proves nothing", r.fields[0]))
		}
		errs = append(errs, err, r.oneOf("kind", r.fields[4], hostKinds))
		t.patterns = append(t.patterns, p)
	}
	t.err = errors.Join(errs...)
	return t
}

// HostNameOf returns what the name tells that the owner of a network card gave
// itself. People name machines as they like, so a name tells nothing unless the
// card bears it out: by its address within the name, or by who made it.
func HostNameOf(name string, mac [6]byte) (HostName, bool) {
	const longest = 63 // a label of DNS
	if name, _, _ = strings.Cut(name, "."); name == "" || len(name) > longest || mac[0]&0x03 != 0 {
		return HostName{}, false
	}
	for i := range hostNames().patterns {
		p := &hostNames().patterns[i]
		if !p.fits(name, mac) {
			continue
		}
		says := p.says
		if says.Model == "=" {
			says.Model = name
		}
		return says, true
	}
	return HostName{}, false
}

func (p *hostPattern) fits(name string, mac [6]byte) bool {
	n := len(p.text)
	if len(name) < n || !strings.EqualFold(name[:n], p.text) || !p.tail && len(name) != n+p.digits {
		return false
	}
	for i := range p.digits {
		at := 12 - p.digits + i // of the address, in digits
		d := mac[at/2] >> (4 * (1 - at%2)) & 0x0f
		if c := name[n+i] | 0x20; c != "0123456789abcdef"[d] {
			return false
		}
	}
	if p.card == "" {
		return true
	}
	org, ok := OUI(mac)
	return ok && len(org) >= len(p.card) && strings.EqualFold(org[:len(p.card)], p.card)
}
