package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Proc is a peer that runs until the scenario stops it. Its output goes to a
// log file, which is the source of the truth about what it did.
type Proc struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
}

// command prepares name with args inside the namespace of host h (nil: none).
// The process gets its own group, so that stopping it reaches its forks, and
// dies with the lab.
func (l *Lab) command(ctx context.Context, h *Host, name string, args ...string) *exec.Cmd {
	if h != nil {
		args = append([]string{"netns", "exec", h.ns, name}, args...)
		name = "ip"
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = l.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// run executes a command to its end, at most 60 seconds, and returns its
// output, standard error included.
func (l *Lab) run(h *Host, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(l.ctx, time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := l.command(ctx, h, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return out.String(), err
}

// must runs a command that may not fail.
func (l *Lab) must(h *Host, name string, args ...string) (string, error) {
	out, err := l.run(h, name, args...)
	if err != nil {
		return out, fmt.Errorf("%w\n%s", err, tail(out, 1500))
	}
	return out, nil
}

// start runs a peer in the background.
func (l *Lab) start(h *Host, label, name string, args ...string) (*Proc, error) {
	p := &Proc{name: label, log: filepath.Join(l.dir, label+".log"), done: make(chan struct{})}
	f, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	p.cmd = l.command(l.ctx, h, name, args...)
	p.cmd.Stdout, p.cmd.Stderr = f, f
	if err := p.cmd.Start(); err != nil {
		f.Close()
		return nil, fmt.Errorf("start %s: %w", label, err)
	}
	l.mu.Lock()
	l.procs = append(l.procs, p)
	l.mu.Unlock()
	go func() {
		// The exit status of a peer we stop says nothing.
		_ = p.cmd.Wait()
		f.Close()
		close(p.done)
	}()
	return p, nil
}

// stop ends a peer and its forks: sig first, SIGKILL after three seconds.
func (p *Proc) stop(sig syscall.Signal) {
	select {
	case <-p.done:
		return
	default:
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, sig)
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}

// output returns what the peer has written so far.
func (p *Proc) output() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	return string(b)
}

// waitListen waits until something in the namespace of the peer listens on a
// TCP port. It reads the kernel's table instead of connecting, so that no
// frame of its own gets into the capture.
func (p *Proc) waitListen(port int) error {
	want := fmt.Sprintf(":%04X ", port)
	for range 300 {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended early:\n%s", p.name, tail(p.output(), 1500))
		case <-time.After(50 * time.Millisecond):
		}
		for _, table := range []string{"tcp", "tcp6"} {
			b, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/net/" + table)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(b)) {
				f := strings.Fields(line)
				if len(f) > 3 && f[3] == "0A" && strings.HasSuffix(f[1]+" ", want) {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("%s: port %d not open after 15 s:\n%s", p.name, port, tail(p.output(), 1500))
}

// waitLog waits until the log of the peer contains text n times.
func (p *Proc) waitLog(text string, n int) error {
	for range 300 {
		if strings.Count(p.output(), text) >= n {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("%s: no %q (%d times) after 15 s:\n%s", p.name, text, n, tail(p.output(), 1500))
}

// exitCode is the exit status behind err, 0 for nil, -1 when it never ran.
func exitCode(err error) int {
	var ee *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ee):
		return ee.ExitCode()
	}
	return -1
}

func tail(s string, n int) string {
	if len(s) > n {
		return "..." + s[len(s)-n:]
	}
	return s
}
