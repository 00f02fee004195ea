package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// timing is what one run of a program cost.
type timing struct {
	Wall     float64 `json:"wall_s"`
	CPU      float64 `json:"cpu_s"` // user and system
	PeakRSS  uint64  `json:"peak_rss_bytes"`
	PeakAnon uint64  `json:"peak_anon_bytes"` // the part that is no file mapping, sampled
	PeakFile uint64  `json:"peak_file_bytes"` // the part that is, sampled
}

// program is one command line that is measured.
type program struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
	dir  string   // is emptied before each run
}

const (
	sampleEvery = 20 * time.Millisecond
	// longest bounds one run of any program.
	longest = 20 * time.Minute
)

// measure runs a program on the given cores and samples its memory.
func measure(p program, cores string) (timing, error) {
	if p.dir != "" {
		if err := os.RemoveAll(p.dir); err != nil {
			return timing{}, err
		}
		if err := os.MkdirAll(p.dir, 0o755); err != nil {
			return timing{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	// taskset replaces itself by the program, which keeps its process id.
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", cores}, p.Args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return timing{}, err
	}
	var t timing
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() { t.sample(cmd.Process.Pid, done) })
	err := cmd.Wait()
	t.Wall = time.Since(start).Seconds()
	close(done)
	wg.Wait()
	if err != nil {
		return t, fmt.Errorf("%s: %w: %s", strings.Join(p.Args, " "), err, tail(errs.String()))
	}
	st := cmd.ProcessState
	t.CPU = (st.UserTime() + st.SystemTime()).Seconds()
	return t, nil
}

// tail is the last line that a program wrote.
func tail(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// sample follows the memory of a process until done is closed.
func (t *timing) sample(pid int, done <-chan struct{}) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	path := fmt.Sprintf("/proc/%d/status", pid)
	for {
		if b, err := os.ReadFile(path); err == nil {
			t.PeakRSS = max(t.PeakRSS, statusField(b, "VmHWM:"))
			t.PeakAnon = max(t.PeakAnon, statusField(b, "RssAnon:"))
			t.PeakFile = max(t.PeakFile, statusField(b, "RssFile:"))
		}
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}

// statusField reads one line of /proc/PID/status, in bytes; 0 when it is not
// there.
func statusField(b []byte, name string) uint64 {
	_, rest, ok := bytes.Cut(b, []byte("\n"+name))
	if !ok {
		return 0
	}
	f := bytes.Fields(rest[:min(len(rest), 40)])
	if len(f) == 0 {
		return 0
	}
	kb, err := strconv.ParseUint(string(f[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
