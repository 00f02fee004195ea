// Package terminal writes a Document for people at a terminal: tables that fit its width,
// sentences, findings with their proof, and what is believed of a device and why.
//
// It shows what a person needs first and says what it left out; everything stands in the
// JSON. Order and words are the same in every run. A width of 0 is that of a file or a
// pipe: nothing is cut then.
//
// It refuses to trust text from the traffic: control characters in evidence are shown by
// their numbers, because a terminal would obey them. It adds no fact of its own and
// reads no clock. The Document belongs to the caller and is only read; nothing is kept.
// There is no standard for it.
package terminal
