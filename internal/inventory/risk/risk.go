// Package risk says what makes a machine worth mending, and which machine first.
//
// A Trait is something that a machine was seen to allow or to lack. The table
// of this package gives each trait its points, a sentence that tells a clinical
// engineer why it matters, and one that tells what to do. Score adds the points
// of a machine up, weighs each by what the machine is and by how many others
// reach it, and stops at 100. Every point of a score stands in its parts, so
// that a score can be argued with.
//
// What it refuses to do: it sees no record and no packet, asks no clock, and
// guesses at no weakness that was not seen. A machine without parts is not safe;
// nothing was seen. The score is for sorting one hospital's list, and is no
// probability and no CVSS score.
//
// Memory: a Risk belongs to who asked for it; its texts are constants of the
// table. Everything is pure and may be called by any goroutine.
//
// Standards: the points follow what the traits allow (IEC 80001-1 asks for such
// a weighing and leaves the numbers to the hospital). docs/risk.md is the table.
package risk

import "lazaret/internal/inventory/clues"

// Trait is one trait of a machine as reports show it. Times are RFC 3339 in UTC.
type Trait struct {
	Trait     clues.Trait `json:"trait"`
	Source    string      `json:"source"` // logs and fields that showed it, with ", " between
	Peers     int         `json:"peers"`  // machines it was shown to, at least
	Count     uint64      `json:"count"`  // how often it was seen
	FirstSeen string      `json:"first_seen"`
	LastSeen  string      `json:"last_seen"`
}

// Risk is the score of a machine with its parts, most points first.
type Risk struct {
	Score   int    `json:"score"`   // 0..100
	Weighed string `json:"weighed"` // why its parts weigh more or less than elsewhere, empty if they do not
	Parts   []Part `json:"parts"`   // never nil
}

// Part is one reason for a score.
type Part struct {
	Points int         `json:"points"` // what it adds
	Trait  clues.Trait `json:"trait"`
	Why    string      `json:"why"`  // what it means, for this machine
	Mend   string      `json:"mend"` // what to do about it
}
