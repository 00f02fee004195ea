package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// series is the runs of one program on one file.
type series struct {
	Program program  `json:"program"`
	Bytes   int64    `json:"bytes"`
	Runs    []timing `json:"runs"`
}

// comparison is two programs that ran in turns.
type comparison struct {
	Ours    series  `json:"ours"`
	Other   series  `json:"other"`
	Missing string  `json:"missing,omitempty"` // why the other did not run
	Wanted  float64 `json:"wanted"`            // throughput to the other's, by wall time
}

// report is everything that was measured.
type report struct {
	Cores string       `json:"cores"`
	Runs  int          `json:"runs"`
	Load  []string     `json:"load"` // before and after
	Pairs []comparison `json:"pairs"`
	Storm struct {
		Series  series `json:"series"`
		Flows   int    `json:"flows"`
		Records int    `json:"records"`
	} `json:"storm"`
}

func (r *report) save(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// spread is the least, middle and greatest of a figure.
func (s *series) spread(of func(timing) float64) (lo, mid, hi float64) {
	v := make([]float64, 0, len(s.Runs))
	for _, t := range s.Runs {
		v = append(v, of(t))
	}
	slices.Sort(v)
	n := len(v)
	return v[0], (v[(n-1)/2] + v[n/2]) / 2, v[n-1]
}

func wall(t timing) float64    { return t.Wall }
func cpu(t timing) float64     { return t.CPU }
func mib(n uint64) float64     { return float64(n) / (1 << 20) }
func rssMiB(t timing) float64  { return mib(t.PeakRSS) }
func anonMiB(t timing) float64 { return mib(t.PeakAnon) }

// print writes the report as text.
func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "\n%d pairs each, cores %s, load average before %s, after %s\n\n", r.Runs, r.Cores, r.Load[0], r.Load[len(r.Load)-1])
	fmt.Fprintf(w, "%-14s %23s %23s %14s %14s %10s\n", "", "wall s (min/med/max)", "CPU s (min/med/max)", "peak RSS MiB", "of it own MiB", "MB/s")
	for i := range r.Pairs {
		c := &r.Pairs[i]
		if c.Missing != "" {
			fmt.Fprintf(w, "%-14s not run: %s\n\n", c.Other.Program.Name, c.Missing)
			continue
		}
		c.Ours.print(w)
		c.Other.print(w)
		fmt.Fprintf(w, "  %s\n\n", c.verdict())
	}
	if len(r.Storm.Series.Runs) == 0 {
		return
	}
	r.Storm.Series.print(w)
	fmt.Fprintf(w, "  the storm: %d conversations, %d records in conn.log\n", r.Storm.Flows, r.Storm.Records)
}

func (s *series) print(w io.Writer) {
	a, b, c := s.spread(wall)
	d, e, f := s.spread(cpu)
	_, _, rss := s.spread(rssMiB)
	_, _, own := s.spread(anonMiB)
	fmt.Fprintf(w, "%-14s %7.3f %7.3f %7.3f %7.3f %7.3f %7.3f %14.1f %14.1f %10.1f\n",
		s.Program.Name, a, b, c, d, e, f, rss, own, float64(s.Bytes)/b/1e6)
}

// verdict is the ratio of the medians, per byte.
func (c *comparison) verdict() string {
	per := func(s *series, of func(timing) float64) float64 {
		_, mid, _ := s.spread(of)
		return mid / float64(s.Bytes)
	}
	t := per(&c.Other, wall) / per(&c.Ours, wall)
	u := per(&c.Other, cpu) / per(&c.Ours, cpu)
	s := fmt.Sprintf("lazaret has %.2f times the throughput of %s (takes %.2f times its time), and %.2f times by CPU time", t, c.Other.Program.Name, 1/t, u)
	if c.Wanted > 0 {
		s += fmt.Sprintf("; wanted %.2f", c.Wanted)
	}
	return s
}

// head copies whole frames from the start of a capture until n bytes are there.
func head(from, to string, n int64) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(copyFrames(out, bufio.NewReaderSize(f, 1<<20), n), out.Close())
}

func copyFrames(w io.Writer, r io.Reader, n int64) error {
	var h [16]byte
	if _, err := io.CopyN(w, r, 24); err != nil {
		return err
	}
	for done := int64(24); done < n; {
		_, err := io.ReadFull(r, h[:])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(h[:]); err != nil {
			return err
		}
		k := int64(binary.LittleEndian.Uint32(h[8:]))
		if _, err := io.CopyN(w, r, k); err != nil {
			return err
		}
		done += 16 + k
	}
	return nil
}
