package pattern

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxJump is the longest jump within one part of a hexadecimal string; a longer one
// parts the string in two that are looked for on their own.
const maxJump = 200

// gap is the distance between two parts of a string; max -1 is without end.
type gap struct{ min, max int }

// hexString reads the inside of a hexadecimal string ("Hexadecimal strings").
type hexString struct {
	text  string
	at    int
	depth int
	parts []*node
	gaps  []gap
}

// parseHex reads a hexadecimal string: its parts and the gaps between them.
func parseHex(text string) ([]*node, []gap, error) {
	p := &hexString{text: text}
	n, err := p.tokens()
	if err != nil {
		return nil, nil, err
	}
	if p.at < len(p.text) {
		return nil, nil, fmt.Errorf("%q in a hexadecimal string closes nothing", p.text[p.at:p.at+1])
	}
	return append(p.parts, n), p.gaps, nil
}

// space passes over blanks and comments.
func (p *hexString) space() {
	for p.at < len(p.text) {
		rest := p.text[p.at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			p.at++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			p.at += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				n = len(rest) - 4
			}
			p.at += n + 4
		default:
			return
		}
	}
}

// tokens reads a sequence, up to the end or to what closes an alternative.
func (p *hexString) tokens() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("more than %d brackets within each other", maxDepth)
	}
	defer func() { p.depth-- }()
	var subs []*node
	jumped := false
	for {
		p.space()
		if p.at >= len(p.text) || p.text[p.at] == '|' || p.text[p.at] == ')' {
			break
		}
		var n *node
		var err error
		switch p.text[p.at] {
		case '[':
			if len(subs) == 0 {
				return nil, errors.New("a hexadecimal string or alternative begins with a jump")
			}
			var g gap
			if g, err = p.jump(); err != nil {
				return nil, err
			}
			jumped = true
			if g.max < 0 || g.max > maxJump {
				if p.depth > 1 {
					return nil, fmt.Errorf("a jump without end or of more than %d bytes in an alternative", maxJump)
				}
				p.parts, p.gaps = append(p.parts, cat(subs...)), append(p.gaps, g)
				subs = nil
				p.space()
				if p.at < len(p.text) && p.text[p.at] == '[' {
					return nil, errors.New("two jumps in a row")
				}
				continue
			}
			subs = append(subs, repeat(leaf(anyByte()), g.min, g.max))
			continue
		case '(':
			n, err = p.choice()
		default:
			n, err = p.octet()
		}
		if err != nil {
			return nil, err
		}
		jumped = false
		subs = append(subs, n)
	}
	if len(subs) == 0 || jumped {
		return nil, errors.New("a hexadecimal string or alternative is empty or ends with a jump")
	}
	return cat(subs...), nil
}

// jump reads [n], [n-m], [n-] or [-].
func (p *hexString) jump() (gap, error) {
	end := strings.IndexByte(p.text[p.at:], ']')
	if end < 0 {
		return gap{}, errors.New("a jump [ is not closed")
	}
	text := p.text[p.at : p.at+end+1]
	inner := strings.TrimSpace(text[1:end])
	p.at += end + 1
	lo, hi, ranged := strings.Cut(inner, "-")
	g := gap{}
	var err, err2 error
	if lo = strings.TrimSpace(lo); lo != "" {
		g.min, err = strconv.Atoi(lo)
	}
	g.max = g.min
	if hi = strings.TrimSpace(hi); ranged && hi != "" {
		g.max, err2 = strconv.Atoi(hi)
	} else if ranged {
		g.max = -1
	}
	if err != nil || err2 != nil || lo == "" && !ranged || g.min < 0 || g.min > 1<<30 || g.max > 1<<30 {
		return gap{}, fmt.Errorf("jump %s; wanted [n], [n-m], [n-] or [-]", text)
	}
	if !ranged && g.min == 0 || g.max >= 0 && g.min > g.max {
		return gap{}, fmt.Errorf("jump %s has no such length", text)
	}
	return g, nil
}

// choice reads an alternative.
func (p *hexString) choice() (*node, error) {
	p.at++
	var out []*node
	for {
		n, err := p.tokens()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		if p.at >= len(p.text) {
			return nil, errors.New("an alternative ( is not closed")
		}
		p.at++
		if p.text[p.at-1] == ')' {
			break
		}
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return &node{op: opAlt, subs: out}, nil
}

// octet reads two digits, of which each may be a ?, and a ~ before them.
func (p *hexString) octet() (*node, error) {
	not := p.text[p.at] == '~'
	if not {
		p.at++
	}
	if p.at+2 > len(p.text) {
		return nil, errors.New("a byte of one digit")
	}
	two := p.text[p.at : p.at+2]
	p.at += 2
	var value, mask byte
	for i := range 2 {
		value, mask = value<<4, mask<<4
		if two[i] == '?' {
			continue
		}
		v, err := strconv.ParseUint(two[i:i+1], 16, 8)
		if err != nil {
			return nil, fmt.Errorf("%q is no byte; wanted two digits or ?", two)
		}
		value, mask = value|byte(v), mask|15
	}
	var s Set
	for c := range 256 {
		if byte(c)&mask == value != not {
			s.add(byte(c))
		}
	}
	if s == (Set{}) {
		return nil, errors.New("~?? is no byte")
	}
	return leaf(s), nil
}
