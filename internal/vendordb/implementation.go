package vendordb

import (
	"errors"
	"strings"
	"sync"
)

// ProductKind says whether an implementation name tells a product or only the
// library inside it.
type ProductKind string

// The kinds of implementations.
const (
	ProductToolkit ProductKind = "toolkit"
	ProductProduct ProductKind = "product"
)

// Version is a version cut out of a name or a UID, at most 24 bytes. It is a
// value, so that a look-up need not allocate.
type Version struct {
	buf [24]byte
	n   uint8
}

// String returns the version, such as "3.6.7"; empty when none is known.
func (v Version) String() string { return string(v.buf[:v.n]) }

func (v *Version) add(c byte) {
	if int(v.n) < len(v.buf) {
		v.buf[v.n] = c
		v.n++
	}
}

// Product is what an implementation identification names.
type Product struct {
	Maker   Maker // of the product, or of the toolkit
	Name    string
	Kind    ProductKind
	Version Version
}

// versionRules are the ways to read a version; the head of implementations.csv
// explains them.
var versionRules = []string{"none", "arcs", "digits", "dotted", "rest"}

// implementation is a line of implementations.csv.
type implementation struct {
	class, name string // without the mark of a prefix
	below       bool   // class stands for all UIDs below it
	begins      bool   // name stands for all that begin so
	anyName     bool
	rule        string
	product     Product
}

// beats orders lines that match the same identification: a product beats the
// toolkit that it is built with, a line with a name beats one without, and more
// letters beat fewer.
func (m *implementation) beats(o *implementation) bool {
	if a, b := m.product.Kind == ProductProduct, o.product.Kind == ProductProduct; a != b {
		return a
	}
	if m.anyName != o.anyName {
		return o.anyName
	}
	return len(m.class)+len(m.name) > len(o.class)+len(o.name)
}

type implementationTable struct {
	lines []implementation
	err   error
}

var implementations = sync.OnceValue(loadImplementations)

func loadImplementations() *implementationTable {
	t := &implementationTable{}
	rows, err := readTable("implementations.csv", "class", "name", "maker", "product", "kind", "version", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] + "\x00" + r.fields[1] })}
	known := makers()
	for _, r := range rows {
		f := r.fields
		maker, err := known.maker(r, f[2])
		m := implementation{rule: f[5], product: Product{Maker: maker, Name: f[3], Kind: ProductKind(f[4])}}
		m.class, m.below = strings.CutSuffix(f[0], ".*")
		m.name, m.begins = strings.CutSuffix(f[1], "*")
		m.anyName = f[1] == ""
		errs = append(errs, err, m.check(r))
		t.lines = append(t.lines, m)
	}
	t.err = errors.Join(errs...)
	return t
}

// check reports what is wrong with a line.
func (m *implementation) check(r row) error {
	errs := []error{
		r.oneOf("kind", string(m.product.Kind), []string{string(ProductToolkit), string(ProductProduct)}),
		r.oneOf("version", m.rule, versionRules),
	}
	if m.class == "" && m.name == "" {
		errs = append(errs, r.errorf("neither class nor name"))
	}
	if m.class != "" && !validUID(m.class) {
		errs = append(errs, r.errorf("%q is no UID", m.class))
	}
	if m.rule == "arcs" && !m.below || m.rule != "arcs" && m.rule != "none" && !m.begins {
		errs = append(errs, r.errorf("version %s needs a pattern", m.rule))
	}
	if m.product.Name == "" {
		errs = append(errs, r.errorf("no product"))
	}
	return errors.Join(errs...)
}

func (m *implementation) matches(class, name string) bool {
	if m.class != "" {
		rest, ok := strings.CutPrefix(class, m.class)
		if !ok || (rest != "" && (!m.below || rest[0] != '.')) || (rest == "" && m.below) {
			return false
		}
	}
	if m.anyName {
		return true
	}
	rest, ok := strings.CutPrefix(name, m.name)
	return ok && (m.begins && (m.name != "" || name != "") || rest == "")
}

// version reads the version that the line's rule finds.
func (m *implementation) version(class, name string) Version {
	var v Version
	rest := name[min(len(m.name), len(name)):]
	switch m.rule {
	case "arcs":
		for _, c := range []byte(class[min(len(m.class)+1, len(class)):]) {
			v.add(c)
		}
	case "digits":
		for i := 0; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
			if i > 0 {
				v.add('.')
			}
			v.add(rest[i])
		}
	case "rest":
		for _, c := range []byte(strings.TrimSpace(rest)) {
			v.add(c)
		}
	case "dotted":
		v.dotted(rest)
	}
	return v
}

// dotted reads numbers at the head of s, with single dots, commas or underscores
// between them.
func (v *Version) dotted(s string) {
	between := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if between {
				v.add('.')
			}
			between = false
			v.add(c)
		case (c == '.' || c == ',' || c == '_') && v.n > 0 && !between:
			between = true
		default:
			return
		}
	}
}

// Implementation returns the product or toolkit that an implementation class
// UID (PS3.7 D.3.3.2.1) and version name (D.3.3.2.3) identify; either may be
// empty. Both must be free of padding. A product wins over a toolkit, a line that
// knows the name over one that knows only the class. When the
// answer is a toolkit, UIDRoot of the class UID may still tell the maker.
func Implementation(classUID, versionName string) (Product, bool) {
	t := implementations()
	best := -1
	for i := range t.lines {
		m := &t.lines[i]
		if m.matches(classUID, versionName) && (best < 0 || m.beats(&t.lines[best])) {
			best = i
		}
	}
	if best < 0 {
		return Product{}, false
	}
	p := t.lines[best].product
	p.Version = t.lines[best].version(classUID, versionName)
	return p, true
}
