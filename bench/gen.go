package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"
)

// scene is which of the captures is made.
type scene uint8

// The scenes: a hospital's hour, a storm of conversations, an office of files.
const (
	ward scene = iota
	gale
	bureau
)

// generate is the sub-command gen.
func generate(args []string) error {
	fs := flag.NewFlagSet("gen", flag.ContinueOnError)
	out := fs.String("o", "", "`FILE` to write")
	size := fs.String("size", "2GB", "`BYTES` of the capture, with KB, MB or GB (powers of ten)")
	seed := fs.Uint64("seed", 1, "`N`; the same seed gives the same bytes")
	isStorm := fs.Bool("storm", false, "a million open conversations in five seconds, whatever -size says")
	isOffice := fs.Bool("smb", false, "files and services of Windows machines instead of a hospital")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *out == "" {
		return errors.New("gen: -o names no file")
	}
	n, err := parseSize(*size)
	if err != nil {
		return err
	}
	s := scene(ward)
	switch {
	case *isStorm && *isOffice:
		return errors.New("gen: -storm and -smb are two captures")
	case *isStorm:
		s = gale
	case *isOffice:
		s = bureau
	}
	return generateFile(*out, n, *seed, s)
}

// parseSize reads a number of bytes with an optional unit.
func parseSize(s string) (int64, error) {
	num, unit := strings.ToUpper(s), int64(1)
	for suffix, v := range map[string]int64{"KB": 1e3, "MB": 1e6, "GB": 1e9} {
		if rest, ok := strings.CutSuffix(num, suffix); ok {
			num, unit = rest, v
		}
	}
	v, err := strconv.ParseInt(num, 10, 64)
	if err != nil || v < 1 || v > 1e12/unit {
		return 0, fmt.Errorf("-size: %q is not a size between 1 and 1000GB", s)
	}
	return v * unit, nil
}

// generateFile writes a capture beside its final name and then renames it: half a
// file is never taken for a whole one.
func generateFile(path string, size int64, seed uint64, s scene) error {
	start := time.Now()
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	t, err := generateTo(f, size, seed, s)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	t.summary(os.Stderr, path, time.Since(start))
	return nil
}

// generateTo writes a capture and returns what was counted.
func generateTo(w io.Writer, size int64, seed uint64, s scene) (*tape, error) {
	t, err := newTape(w)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(seed, 0x1a2a7e7))
	if s == bureau {
		o := newOffice(r)
		t.tally = &o.tally
		o.schedule(size)
		return t, pump(t, r, o.starts)
	}
	h := newHospital(r)
	if s == gale {
		return t, pump(t, r, (&storm{h: h, r: r}).starts)
	}
	h.schedule(size)
	return t, pump(t, r, h.starts)
}

// summary prints what is in the file.
func (t *tape) summary(w io.Writer, path string, took time.Duration) {
	var bytes, flows uint64
	for c := range t.bytes {
		bytes += t.bytes[c]
		flows += t.flows[c]
	}
	fmt.Fprintf(w, "%s: %d bytes, %d frames, %d flows, made in %.1f s\n", path, bytes+24, t.frames, flows, took.Seconds())
	if t.tally != nil {
		t.tally.summary(w)
	}
	for c, n := range t.bytes {
		if n > 0 {
			fmt.Fprintf(w, "  %-5s %5.1f %% of the bytes, %d flows\n", classNames[c], 100*float64(n)/float64(bytes), t.flows[c])
		}
	}
}
