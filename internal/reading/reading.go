// Package reading is one pass over captures, wired: configuration, what is looked for, what
// came of it.
//
// Run opens the inputs, runs one sensor over them and feeds the records to everything that
// concludes from them: inventory, sessions, baseline, findings, and to the writers of logs
// and files. Document tells what came out. All state belongs to the Reading; two readings
// of the same files with the same key tell the same.
//
// It refuses to judge, and to talk to anybody but the error output that it is given: lower
// floors conclude, sub-commands ask and print. Faults of files are one line each and do
// not stop the others; wrong usage names the flag and the value. It is the only place that
// knows all engines. Memory is that of its parts, each bounded by its section of Config.
package reading

import (
	"errors"
)

// UsageError is a fault of the command line or of a file that it names: exit status 2.
type UsageError struct{ error }

// Usage makes a UsageError.
func Usage(err error) error { return UsageError{err} }

// Unwrap is what is wrong.
func (e UsageError) Unwrap() error { return e.error }

// ErrPartial says that the command ended, but something was not read: exit
// status 1. What it was has been said already.
var ErrPartial = errors.New("some input could not be read")
