// Package cluestest is what the tests of all readers of clues share.
//
// A test gives a record and says what is to be read from it, one line a clue: who,
// attribute, subject, value ("server os: Linux|Debian 12"). The record travels between
// one client and one server with fixed addresses; who is neither is written as its
// hardware address. The weight and the source of a clue are no part of the line, so
// that a table of cases reads like the protocol does.
//
// Only tests import it. It knows no protocol and no reader: each package of the family
// hands over its own Readers. It keeps nothing and shares nothing between calls.
package cluestest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
)

// The two machines of every conversation.
const (
	ClientIP = "10.0.0.21"
	ServerIP = "10.0.0.10"
)

// IP is the address that s writes. It panics if s writes none.
func IP(s string) netid.IP { return netid.FromAddr(netip.MustParseAddr(s)) }

// Read tells what a record between client and server says, one line a clue. port is
// the server's. A record without a reader says nothing.
func Read(readers map[*event.Schema]clues.Reader, body event.Payload, port uint16) (*clues.Out, []string) {
	c := &event.Conn{Proto: 6}
	c.Orig.IP, c.Resp.IP, c.Resp.Port = IP(ClientIP), IP(ServerIP), port
	r := event.Record{TS: 1000, Conn: c, Body: body}
	o := &clues.Out{}
	o.Reset(r.TS, r.TS)
	if read := readers[body.Schema()]; read != nil {
		read(&r, o)
	}
	var lines []string
	for _, k := range o.Clues {
		who := k.About.MAC.String()
		switch k.About.IP {
		case IP(ClientIP):
			who = "client"
		case IP(ServerIP):
			who = "server"
		}
		subject := ""
		if k.Subject != clues.Self {
			subject = " (" + k.Subject.String() + ")"
		}
		lines = append(lines, fmt.Sprintf("%s %s%s: %s", who, k.Attr, subject, k.Value))
	}
	return o, lines
}

// Heard lists the addresses of the parties heard, sorted, each once.
func Heard(o *clues.Out) []string {
	var out []string
	for _, p := range o.Heard {
		out = append(out, p.IP.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Hold fails t unless the record says the wanted clues, in order, and shows that the
// machines of from were heard, in any order. What was read comes back.
func Hold(t *testing.T, readers map[*event.Schema]clues.Reader, name string, body event.Payload, port uint16, want, from []string) *clues.Out {
	t.Helper()
	o, got := Read(readers, body, port)
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	from = slices.Sorted(slices.Values(from))
	if heard := Heard(o); !slices.Equal(heard, from) {
		t.Errorf("%s: heard %v, want %v", name, heard, from)
	}
	return o
}
