package fhir

import (
	_ "embed" // for types.txt
	"slices"
	"strings"
	"sync"

	"lazaret/internal/rest"
)

//go:embed types.txt
var typesText string

// types is types.txt, read on the first entity.
var types = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(typesText) {
		if !strings.HasPrefix(line, "#") {
			for _, t := range strings.Fields(line) {
				all[t] = true
			}
		}
	}
	return all
})

// typeLike reports whether a word looks like the type of a resource of another release:
// letters, the first of them a capital.
func typeLike(s string) bool {
	if len(s) < 3 || len(s) > 48 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for _, c := range []byte(s) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

// call is what a request asks for, by its method and target. Everything before the
// first type or word of the grammar is the service's own path.
type call struct {
	interaction string
	resource    string
	operation   string
	id          string
	query       string
}

// callOf reads a target (FHIR 3.2.0.1).
func callOf(method, target string) (c call) {
	path, query := rest.Split(target)
	c.query = query
	var room [8]string
	seg := rest.Segments(path, room[:])
	for i, s := range seg {
		last := i == len(seg)-1
		switch {
		case types()[s]:
			c.resource = s
			c.typed(method, seg[i+1:])
			return c
		case s == "metadata" && last && (method == "GET" || method == ""):
			c.interaction = "capabilities"
			return c
		case s == "_history" && last:
			c.interaction = "history"
			return c
		case strings.HasPrefix(s, "$") && last:
			c.operate(s)
			return c
		}
	}
	return c
}

func (c *call) operate(s string) {
	if c.operation = s[1:min(len(s), 64)]; name(c.operation) {
		c.interaction = "operation"
		return
	}
	c.operation = ""
}

// typed reads what follows a type.
func (c *call) typed(method string, seg []string) {
	byMethod := map[string]string{"GET": "search", "HEAD": "search", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
	switch {
	case len(seg) == 0:
		c.interaction = byMethod[method]
	case seg[0] == "_search":
		c.interaction = "search"
	case seg[0] == "_history":
		c.interaction = "history"
	case strings.HasPrefix(seg[0], "$"):
		c.operate(seg[0])
	default:
		c.id = seg[0]
		c.instance(method, seg[1:])
	}
}

// instance reads what follows a logical id.
func (c *call) instance(method string, seg []string) {
	switch {
	case len(seg) == 0:
		c.interaction = map[string]string{"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}[method]
	case seg[0] == "_history" && len(seg) > 1:
		c.interaction = "vread"
	case seg[0] == "_history":
		c.interaction = "history"
	case strings.HasPrefix(seg[0], "$"):
		c.operate(seg[0])
	case types()[seg[0]] || seg[0] == "*":
		c.interaction = "search" // of a compartment
	}
}

// parameters adds the names in a query to a list (FHIR 3.2.1): lower-case words, perhaps
// with modifiers and chains. What looks otherwise may be anything.
func parameters(list []string, query string) []string {
	rest.Pairs(query, func(n, _ string) bool {
		if !name(n) {
			n = "other"
		}
		list = rest.AddDistinct(list, n, maxListed)
		return true
	})
	slices.Sort(list)
	return list
}

// name reports whether s is made as names of parameters and operations are.
func name(s string) bool {
	if len(s) == 0 || len(s) > 64 || (s[0] < 'a' || s[0] > 'z') && s[0] != '_' {
		return false
	}
	for _, c := range []byte(s) {
		if (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' && c != ':' && c != '.' {
			return false
		}
	}
	return true
}
