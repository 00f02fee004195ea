// Package partners knows who is outside and has to do with the site: manufacturers that
// service devices, IT providers, logistics, other clinics.
//
// A file names them with their networks. A Book remembers the contacts between who is
// outside and machines of the site: all that come in, and those of named partners in both
// directions, from first to last. So it can be told who had to do with a machine before an
// intruder was on it. What machines ask of the Internet every day is not kept: it would
// drown the rest.
//
// It refuses to accuse: that a supplier was there before is a fact, that it was the way in
// a question. It opens nothing and reads no clock. Memory: Max pairs of addresses with 64
// times each; pairs beyond are counted. A Book belongs to one goroutine. The format of the
// file is TOML 1.0; networks are those of RFC 4632 and RFC 4291.
package partners

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"lazaret/internal/detect"
	"lazaret/internal/detect/where"
	"lazaret/internal/netid"
)

// Kinds of partners.
var kinds = []string{"manufacturer", "IT provider", "logistics", "clinic"}

// Example is a file as it may be written.
const Example = `[[partner]]
name     = "Example Imaging, remote service"
kind     = "manufacturer"            # or "IT provider", "logistics", "clinic"
networks = ["198.51.100.0/24", "2001:db8:7::/48", "10.9.8.7"]
`

// Partner is who is outside and has a name.
type Partner struct {
	Name     string
	Kind     string
	Networks []netip.Prefix
}

// List is the partners of a file. A nil List has none.
type List struct{ partners []Partner }

// Of finds the partner that has an address, the narrowest network first; nil if none has.
func (l *List) Of(ip netid.IP) (of *Partner) {
	if l == nil {
		return nil
	}
	a, bits := ip.Addr(), -1
	for i := range l.partners {
		for _, n := range l.partners[i].Networks {
			if n.Contains(a) && n.Bits() > bits {
				of, bits = &l.partners[i], n.Bits()
			}
		}
	}
	return of
}

// Read reads a file. All faults are told at once, with the line and the key.
func Read(name string, text []byte) (*List, []detect.Fault) {
	var file struct {
		Partner []struct {
			Name     string   `toml:"name"`
			Kind     string   `toml:"kind"`
			Networks []string `toml:"networks"`
		} `toml:"partner"`
	}
	md, err := toml.Decode(string(text), &file)
	if err != nil {
		return nil, []detect.Fault{where.Broken(name, err)}
	}
	var faults []detect.Fault
	for _, k := range md.Undecoded() {
		faults = append(faults, detect.Fault{File: name, Line: where.Key(where.Lines(text), k[len(k)-1]) + 1, Key: k.String(), What: "is not a key of a file of partners; they are name, kind and networks below [[partner]]"})
	}
	if len(file.Partner) == 0 {
		faults = append(faults, detect.Fault{File: name, What: "has no [[partner]] entry"})
	}
	places := where.Entries(text, "partner")
	out := &List{}
	taken := map[netip.Prefix]string{}
	for i, p := range file.Partner {
		var place where.Entry
		if i < len(places) {
			place = places[i]
		}
		fault := func(key, format string, a ...any) {
			faults = append(faults, detect.Fault{File: name, Line: place.Line(key), Key: key, What: fmt.Sprintf(format, a...)})
		}
		x := Partner{Name: p.Name, Kind: p.Kind}
		if strings.TrimSpace(p.Name) == "" {
			fault("name", "is missing or empty")
		} else if slices.ContainsFunc(out.partners, func(o Partner) bool { return o.Name == p.Name }) {
			fault("name", "%q is another partner's name too", p.Name)
		}
		if !slices.Contains(kinds, p.Kind) {
			fault("kind", "%q is none of %s", p.Kind, strings.Join(kinds, ", "))
		}
		if len(p.Networks) == 0 {
			fault("networks", "is missing or empty")
		}
		for _, s := range p.Networks {
			n, err := network(s)
			switch {
			case err != nil:
				fault("networks", "%v", err)
			case taken[n] != "":
				fault("networks", "%s is a network of %q too", n, taken[n])
			default:
				taken[n] = p.Name
				x.Networks = append(x.Networks, n)
			}
		}
		out.partners = append(out.partners, x)
	}
	return out, faults
}

// network reads a network, or an address as one of itself.
func network(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	n, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return n, fmt.Errorf("%q is no network like 198.51.100.0/24 and no address", s)
	case n != n.Masked():
		return n, fmt.Errorf("%s has bits behind the mask; the network is %s", s, n.Masked())
	case n.Bits() == 0:
		return n, fmt.Errorf("%s is everybody", s)
	}
	return n, nil
}
