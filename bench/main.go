// Command bench generates captures of any size and measures lazaret on
// them beside other programs.
//
//	go run ./bench gen -o FILE [-size 2GB] [-seed N]   a hospital's hour
//	go run ./bench gen -storm -o FILE [-seed N]        a million open flows
//	go run ./bench gen -smb -o FILE [-size 1GB]        an office's files and calls
//	go run ./bench run [-dir DIR] [-runs 5]            pairs of timed runs
//	go run ./bench rules [-sigma DIR] [-runs 5]        what looking for everything costs
//	go run ./bench profile -o FILE CAPTURE             a CPU profile of lazaret read
//	go run ./bench trace [-runs 1000] [-doc FILE]      how well outbreaks are traced
//
// The same size and seed give the same bytes on every machine. Everything in the
// captures is invented; the checksums are right, every conversation is complete,
// and the shares of the protocols are printed. Memory is bounded by the number of
// conversations in progress and not by the size of the file.
//
// It refuses to judge absolute times: two programs are compared by runs that take
// turns on the same cores, from the page cache, and the figure is the ratio of
// their medians. The formats follow PS3.5, PS3.7 and PS3.8 (DICOM), HL7 v2 over
// MLLP, RFC 1035 (DNS), RFC 9112 (HTTP/1.1), MS-SMB2, MS-CIFS, MS-RPCE, MS-NLMP and
// RFC 9293 (TCP).
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := dispatch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// dispatch runs the named sub-command.
func dispatch(args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "gen":
			return generate(args[1:])
		case "run":
			return run(args[1:])
		case "rules":
			return rulesRun(args[1:])
		case "profile":
			return profile(args[1:])
		case "trace":
			return traceStudy(args[1:])
		}
	}
	return fmt.Errorf("usage: bench gen|run|rules|profile|trace [flags]; see bench gen -h")
}
