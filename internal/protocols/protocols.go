// Package protocols is the list of all protocols.
//
// The list is generated from the folders under internal/proto, so that adding a
// protocol touches its own folder and one generated file. Nothing but the list
// lives here: what a protocol is, it says itself in its Spec. The order is that
// of the folders' names; it decides nothing, since ports order the probes and
// content decides. The Specs are shared and never change. A test holds that the
// generated file is current, and that names and records are not taken twice.
//
// The package owns no memory beyond the list.
package protocols

//go:generate go run ./gen

import "lazaret/internal/event"

// Schemas lists the records that the protocols may emit, in the order of Specs.
func Schemas() []*event.Schema {
	var out []*event.Schema
	for _, s := range Specs {
		out = append(out, s.Records...)
	}
	return out
}
