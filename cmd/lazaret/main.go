// Command lazaret tells what is on an imaging network from a copy of its traffic.
//
// It reads capture files and prints every device with what proves it: what it is,
// who made it, what it talks to, and what could not be inspected. It needs no network,
// sends nothing unless it is told where, and keeps patient data out of all it writes:
// names and identifiers leave the parsers only as keyed hashes, with a key that
// stays on this machine. This package picks the sub-command and sets the exit
// status: 0 when all was well, 1 when something could not be read, 2 for wrong
// usage. Everything else is in internal/app. The binary is static and built without
// cgo; what it needs of the system is a file to read.
package main

import (
	"os"

	"lazaret/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
