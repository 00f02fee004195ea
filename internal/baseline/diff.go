package baseline

import (
	"fmt"
	"slices"
)

// Change is one way in which two profiles differ.
type Change struct {
	What string // added, gone or changed
	Key  Key
	Says string // in the terms of roles, empty if there is nothing to say
}

// Diff tells how a profile differs from one before it, in the order of the file. That
// something was seen more often, or at other times, is no difference; another role is, and
// a retriever or a question that brought more than before.
func Diff(before, after *Profile) []Change {
	keys := before.Rows()
	for _, k := range after.Rows() {
		if _, both := before.rows[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compare)
	var out []Change
	for _, k := range keys {
		a, b := before.rows[k], after.rows[k]
		switch {
		case a == nil:
			out = append(out, Change{"added", k, after.explain(&k, before, "before")})
		case b == nil:
			out = append(out, Change{"gone", k, before.explain(&k, after, "now")})
		default:
			if s := differs(k.Kind, a, b); s != "" {
				out = append(out, Change{"changed", k, s})
			}
		}
	}
	return out
}

// explain says what a row that only p has means, compared with the other profile, which is
// that of before or that of now.
func (p *Profile) explain(k *Key, other *Profile, when string) string {
	role := p.Role(k.Source)
	switch k.Kind {
	case Host:
		return "it is " + article(string(role))
	case Contact, Act:
		what := k.Name
		return fmt.Sprintf("%s > %s; %s: %s", role, p.Role(k.Target), when, other.Says(k.Kind, role, what, p.Role(k.Target)))
	case Outside, Inbound:
		return fmt.Sprintf("%s; %s: %s", role, when, other.Says(k.Kind, role, k.More, ""))
	case Title:
		for _, o := range other.titles[k.Name] {
			if o.Source == k.Source {
				return fmt.Sprintf("%s by implementation %s %s", when, o.More, o.Also)
			}
		}
		for _, o := range other.titles[k.Name] {
			return when + " from " + o.Source.String()
		}
		return when + " there is no such title; " + article(string(role))
	case Sender, Storer, Retrieval, Query:
		return "by " + article(string(role))
	case Called, Destination:
		return "at " + article(string(role))
	}
	return ""
}

func article(role string) string {
	if role == "" {
		role = "unknown"
	}
	return "a machine of the role " + role
}

// differs says what differs in a row that both have, empty for nothing that counts.
func differs(k Kind, a, b *Row) string {
	switch k {
	case Host:
		if a.Role != b.Role {
			return fmt.Sprintf("role %s, before %s", b.Role, a.Role)
		}
	case Query:
		if a.Most[0] != b.Most[0] {
			return fmt.Sprintf("most answers %d, before %d", b.Most[0], a.Most[0])
		}
	case Retrieval:
		if a.Most != b.Most {
			return fmt.Sprintf("studies/objects/bytes in an hour %d/%d/%d, before %d/%d/%d; in a day %d/%d/%d, before %d/%d/%d",
				b.Most[0], b.Most[1], b.Most[2], a.Most[0], a.Most[1], a.Most[2], b.Most[3], b.Most[4], b.Most[5], a.Most[3], a.Most[4], a.Most[5])
		}
	}
	return ""
}
