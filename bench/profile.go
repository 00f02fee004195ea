package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"

	"lazaret/internal/app"
)

// profile is the sub-command profile: lazaret read in this process, with a CPU
// profile of it.
func profile(args []string) error {
	fs := flag.NewFlagSet("profile", flag.ContinueOnError)
	out := fs.String("o", "cpu.prof", "`FILE` for the CPU profile; read it with go tool pprof")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return errors.New("profile: no capture is named")
	}
	logs, err := os.MkdirTemp("", "lazaret-logs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(logs)
	f, err := os.Create(*out)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	status := app.Main(append([]string{"read", "--logs", logs}, fs.Args()...), strings.NewReader(""), io.Discard, os.Stderr)
	pprof.StopCPUProfile()
	if status != 0 {
		return fmt.Errorf("lazaret read: exit status %d", status)
	}
	return f.Close()
}
